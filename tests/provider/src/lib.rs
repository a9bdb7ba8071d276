//! An identity provider for tests: npm `oidc-provider` in a Node process, on a free port of 127.0.0.1, which ends with
//! the value. It does as OpenID Connect says, and what a test asks it to do wrong.
//!
//! ```no_run
//! # use serde_json::json;
//! let Some(provider) = unjwt_test_provider::Provider::start() else { return };
//! let token = provider.access_token("https://api.example.com", "read write");
//! provider.rotate(true);
//! assert_eq!(provider.fetches().jwks, 0);
//! ```
//!
//! Everything here blocks, and panics where a test should fail. `server.mjs` says what the provider does.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failure is the test's"
)]

mod process;
mod sign_in;

use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;

use crate::process::Process;

/// A provider that runs. Its clients are `web`, with the authorization code flow and PKCE, and `machine`, with client
/// credentials; the secret of each is `secret-of-` and its name.
#[derive(Debug)]
pub struct Provider {
    process: Process,
    agent: Agent,
}

/// Counts of the requests for what others keep a copy of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetches {
    /// The signing keys.
    pub jwks: u64,
    /// The metadata at `/.well-known/openid-configuration`.
    pub discovery: u64,
}

/// A document that can be made to answer wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// The signing keys, at `/jwks`.
    Jwks,
    /// The metadata, at `/.well-known/openid-configuration`.
    Discovery,
}

/// A wrong answer.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The right answer, later.
    Delay(Duration),
    /// A status with an empty body.
    Status(u16),
    /// This text with the status 200.
    Body(String),
    /// So many bytes of `x` with the status 200.
    Bytes(u64),
    /// A redirect (302) to this address.
    Redirect(String),
}

impl Provider {
    /// Starts the provider. `None` if Node or the packages are not installed, which is printed, and fails where `CI`
    /// is set.
    #[must_use]
    pub fn start() -> Option<Self> {
        let process = Process::start()?;
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        Some(Self { process, agent })
    }

    /// Returns the issuer, which is the address too: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.process.url
    }

    /// Gets an access token of RFC 9068 for the client `machine` by the client credentials grant. `resource` becomes
    /// its `aud`; the scopes are `read` and `write`.
    #[must_use]
    pub fn access_token(&self, resource: &str, scope: &str) -> String {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "machine"),
            ("client_secret", "secret-of-machine"),
            ("resource", resource),
            ("scope", scope),
        ];
        let answer = self.agent.post(format!("{}/token", self.url())).send_form(form).unwrap();
        text(&read(answer), "access_token")
    }

    /// Makes an ID token for a user and the client `web`, with further claims such as `nonce`.
    #[must_use]
    pub fn id_token(&self, sub: &str, claims: &Value) -> String {
        let asked = json!({ "client": "web", "sub": sub, "claims": claims });
        text(&self.control("POST", "id-token", &asked), "token")
    }

    /// Signs claims as they are. The header gets `alg` (`RS256`) and `kid` unless it has them; the algorithms are
    /// `RS256` and `ES256`.
    #[must_use]
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        text(&self.control("POST", "sign", &json!({ "header": header, "claims": claims })), "token")
    }

    /// Signs with new keys from now on. Returns the `kid`s of the published keys, the new ones first.
    pub fn rotate(&self, keep_old: bool) -> Vec<String> {
        let answer = self.control("POST", "rotate", &json!({ "keep": keep_old }));
        answer["kids"].as_array().unwrap().iter().map(|kid| kid.as_str().unwrap().to_owned()).collect()
    }

    /// Makes a document wrong until [`recover`](Self::recover), or until its next fault.
    pub fn fault(&self, what: Document, fault: &Fault) {
        let what = match what {
            Document::Jwks => "jwks",
            Document::Discovery => "discovery",
        };
        let fault = match fault {
            Fault::Delay(time) => json!({ "delay": u64::try_from(time.as_millis()).unwrap() }),
            Fault::Status(status) => json!({ "status": status, "body": "" }),
            Fault::Body(body) => json!({ "body": body }),
            Fault::Bytes(bytes) => json!({ "bytes": bytes }),
            Fault::Redirect(to) => json!({ "status": 302, "headers": { "location": to }, "body": "" }),
        };
        self.control("PUT", &format!("faults/{what}"), &fault);
    }

    /// Lets the provider answer rightly again.
    pub fn recover(&self) {
        self.control("DELETE", "faults", &json!({}));
    }

    /// Returns how often documents were fetched, since the start or the last [`reset`](Self::reset).
    #[must_use]
    pub fn fetches(&self) -> Fetches {
        let counts = self.control("GET", "counts", &json!({}));
        let count = |name: &str| counts[name].as_u64().unwrap();
        Fetches { jwks: count("jwks"), discovery: count("discovery") }
    }

    /// Merges metadata into a client, such as `redirect_uris`, `post_logout_redirect_uris` and
    /// `backchannel_logout_uri`.
    pub fn set_client(&self, id: &str, metadata: &Value) {
        self.control("PATCH", &format!("clients/{id}"), metadata);
    }

    /// Sets the algorithm and the lifetime of access tokens: `RS256` and ten minutes at first.
    pub fn set_access_tokens(&self, alg: &str, lifetime: Duration) {
        self.control("PATCH", "settings", &json!({ "alg": alg, "ttl": lifetime.as_secs() }));
    }

    /// Returns the `sid` of each session in which a user has signed in to the client `web`, the first one first.
    #[must_use]
    pub fn sids(&self, user: &str) -> Vec<String> {
        let answer = self.control("GET", &format!("sids/{user}"), &json!({}));
        answer.as_array().unwrap().iter().map(|sid| sid.as_str().unwrap().to_owned()).collect()
    }

    /// Sends a logout token to the back channel of the client `web`. Returns whether it was accepted.
    #[must_use]
    pub fn send_logout(&self, sub: &str, sid: &str) -> bool {
        let asked = json!({ "client": "web", "sub": sub, "sid": sid });
        self.control("POST", "logout", &asked)["accepted"].as_bool().unwrap()
    }

    /// Signs nobody in any more, and forgets clients' changes, faults and counts. The keys stay.
    pub fn reset(&self) {
        self.control("POST", "reset", &json!({}));
    }

    fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}/control/{path}", self.url()))
            .body(if method == "GET" { String::new() } else { body.to_string() });
        read(self.agent.run(request.unwrap()).unwrap())
    }
}

fn read(mut answer: ureq::http::Response<ureq::Body>) -> Value {
    let body = answer.body_mut().read_to_string().unwrap();
    assert_eq!(answer.status().as_u16(), 200, "the provider refuses: {body}");
    serde_json::from_str(&body).unwrap()
}

fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("no `{name}` in {answer}")).to_owned()
}
