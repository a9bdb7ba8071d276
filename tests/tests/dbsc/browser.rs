//! A browser with device-bound sessions, over a client without a network.

use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use axum::Router;
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Request;
use serde_json::{Value, json};
use unjwt::testing::{Reply, TestClient, TestClock};

pub const START: &str = "/.well-known/dbsc/start";
/// The seconds for which the session lives that comes with a registration.
pub const FIRST: u64 = 120;
pub const REFRESH: &str = "/.well-known/dbsc/refresh";

/// The key of a device.
#[derive(Clone)]
pub struct Device(std::sync::Arc<EcdsaKeyPair>);

impl Device {
    pub fn new() -> Self {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
        Self(EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref()).unwrap().into())
    }

    pub fn jwk(&self) -> Value {
        let point = self.0.public_key().as_ref();
        let [x, y] = [&point[1..33], &point[33..]].map(|half| URL_SAFE_NO_PAD.encode(half));
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y })
    }

    pub fn sign(&self, header: &Value, payload: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", part(header), part(payload));
        let signature = self.0.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Signs the challenge of an offer, with the key in the header.
    pub fn register(&self, challenge: &str) -> String {
        self.sign(
            &json!({ "alg": "ES256", "typ": "dbsc+jwt", "jwk": self.jwk() }),
            &json!({ "jti": challenge }),
        )
    }

    /// Signs the challenge of a renewal.
    pub fn prove(&self, challenge: &str) -> String {
        self.sign(&json!({ "alg": "ES256", "typ": "dbsc+jwt" }), &json!({ "jti": challenge }))
    }
}

/// A session as the browser that registered it knows it.
#[derive(Clone, Debug)]
pub struct Registered {
    pub id: String,
    pub refresh_url: String,
    pub cookie: String,
    pub challenge: Option<String>,
}

#[derive(Clone)]
pub struct Browser {
    pub client: TestClient,
    pub device: Device,
    pub sessions: Vec<Registered>,
}

impl Browser {
    pub fn new(router: Router, clock: &TestClock) -> Self {
        let client = TestClient::new(router).with_clock(clock).with_header("sec-fetch-site", "same-origin");
        Self { client, device: Device::new(), sessions: Vec::new() }
    }

    /// A browser that is logged in and has registered, and renewed its session once.
    pub async fn logged_in(router: Router, clock: &TestClock) -> Self {
        let mut browser = Self::new(router, clock);
        assert_eq!(browser.post("/login").await.status, 204);
        assert_eq!(browser.sessions.len(), 1, "registered");
        browser.confirm(clock).await;
        browser
    }

    /// Renews the session for the first time, after which the service knows that the browser has seen the registration.
    pub async fn confirm(&mut self, clock: &TestClock) {
        clock.advance(Duration::from_secs(FIRST + 1));
        assert_eq!(self.get("/me").await.text(), "bound");
    }

    pub async fn get(&mut self, path: &str) -> Reply {
        self.send(Request::get(path)).await
    }

    pub async fn post(&mut self, path: &str) -> Reply {
        self.send(Request::post(path)).await
    }

    /// Renews what is missing first, as a browser does for each request in scope.
    async fn send(&mut self, request: http::request::Builder) -> Reply {
        for index in (0..self.sessions.len()).rev() {
            if self.client.cookie(&self.sessions[index].cookie).is_none() {
                self.refresh(index).await;
            }
        }
        let reply = self.client.send(request.body(Body::empty()).unwrap()).await;
        if let Some(challenge) = offered(&reply) {
            self.register(&challenge).await;
        }
        reply
    }

    pub async fn register(&mut self, challenge: &str) -> Reply {
        let proof = self.device.register(challenge);
        let reply = post(&mut self.client, START, &[("secure-session-response", &proof)]).await;
        if reply.status == 200 {
            self.follow(&reply);
        }
        reply
    }

    /// Renews a session: without a proof first, unless a challenge is at hand.
    pub async fn refresh(&mut self, index: usize) -> Reply {
        let Registered { id, refresh_url, challenge, .. } = self.sessions[index].clone();
        let mut reply = match challenge {
            Some(challenge) => self.prove(&refresh_url, &id, &challenge).await,
            None => post(&mut self.client, &refresh_url, &[("sec-secure-session-id", &id)]).await,
        };
        for _ in 0..3 {
            let Some(challenge) = (reply.status == 403).then(|| challenge_of(&reply)).flatten() else {
                break;
            };
            reply = self.prove(&refresh_url, &id, &challenge).await;
        }
        match reply.status.as_u16() {
            200 => {
                self.follow(&reply);
                if let Some(session) = self.sessions.iter_mut().find(|session| session.id == id) {
                    session.challenge = challenge_of(&reply);
                }
            }
            // The draft: any other client error ends the session, a server error keeps it.
            400..=499 => self.sessions.retain(|session| session.id != id),
            _ => {}
        }
        reply
    }

    pub async fn prove(&mut self, path: &str, id: &str, challenge: &str) -> Reply {
        let proof = self.device.prove(challenge);
        post(&mut self.client, path, &[("sec-secure-session-id", id), ("secure-session-response", &proof)])
            .await
    }

    /// Does what the JSON of an answer says.
    fn follow(&mut self, reply: &Reply) {
        let told: Value = reply.json();
        let id = told["session_identifier"].as_str().unwrap().to_owned();
        if told["continue"] == false {
            self.sessions.retain(|session| session.id != id);
            return;
        }
        let credential = &told["credentials"][0];
        assert_eq!(credential["type"], "cookie");
        let cookie = credential["name"].as_str().unwrap().to_owned();
        let lines = reply.headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().ok());
        let mut lines = lines.filter(|line| line.starts_with(&format!("{cookie}=")));
        let line = lines.next().expect("the short cookie");
        for attribute in credential["attributes"].as_str().unwrap().split("; ") {
            assert!(line.split("; ").any(|own| own == attribute), "{attribute} in {line}");
        }
        let refresh_url = told["refresh_url"].as_str().unwrap().to_owned();
        match self.sessions.iter_mut().find(|session| session.id == id) {
            Some(session) => session.refresh_url = refresh_url,
            None => self.sessions.push(Registered { id, refresh_url, cookie, challenge: None }),
        }
    }
}

/// Sends a request as the browser itself does.
pub async fn post(client: &mut TestClient, path: &str, headers: &[(&str, &str)]) -> Reply {
    let request =
        headers.iter().fold(Request::post(path), |request, (name, value)| request.header(*name, *value));
    client.send(request.body(Body::empty()).unwrap()).await
}

/// The challenge of a registration that a response offers.
pub fn offered(reply: &Reply) -> Option<String> {
    let offer = reply.header("secure-session-registration")?;
    assert!(offer.starts_with("(ES256 RS256);path=\"/.well-known/dbsc/start\";challenge=\""), "{offer}");
    Some(offer.split('"').nth(3)?.to_owned())
}

/// The challenge that a response asks to sign.
pub fn challenge_of(reply: &Reply) -> Option<String> {
    Some(reply.header("secure-session-challenge")?.split('"').nth(1)?.to_owned())
}
