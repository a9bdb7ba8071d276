//! One client that visits both sides with one jar of cookies.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use serde_json::{Value, json};
use unjwt::ConfigError;

use crate::client::{Answer, Client};
use crate::node::Node;
use crate::service::{Ahead, Service, serve, serve_router, url};

pub use Side::{Npm, Ours};

/// One of the two runtimes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Side {
    Npm,
    Ours,
}

/// Either side may begin.
pub const BOTH_WAYS: [(Side, Side); 2] = [(Npm, Ours), (Ours, Npm)];

/// A session that both sides are set up for, and a client.
pub struct Pair {
    node: &'static Node,
    pub client: Client,
    id: String,
    ours: Ahead,
    ahead: u64,
    headers: Vec<(String, String)>,
}

/// The answer of a side.
#[derive(Debug)]
pub struct Seen {
    /// `valid`, `absent`, `expired` or `rejected`.
    pub status: String,
    body: Value,
    pub answer: Answer,
}

/// Returns the id of another pair.
fn new_id() -> String {
    static PAIRS: AtomicUsize = AtomicUsize::new(0);
    format!("s{}", PAIRS.fetch_add(1, Ordering::SeqCst))
}

impl Pair {
    /// `npm` is npm's family, configuration and, if it has one, its set of keys to look up.
    pub fn new<T: Service>(
        node: &'static Node,
        npm: &Value,
        config: unjwt::Config<T>,
    ) -> Result<Self, ConfigError> {
        let id = new_id();
        let ours = serve(&id, config)?;
        let mut pair = Self { node, client: Client::new(url()), id, ours, ahead: 0, headers: Vec::new() };
        pair.set_npm(npm);
        Ok(pair)
    }

    /// The same with routes of ours that have this clock.
    pub fn of_router(node: &'static Node, npm: &Value, router: impl FnOnce(&Ahead) -> Router) -> Self {
        let (id, ours) = (new_id(), Ahead::default());
        serve_router(&id, router(&ours));
        let mut pair = Self { node, client: Client::new(url()), id, ours, ahead: 0, headers: Vec::new() };
        pair.set_npm(npm);
        pair
    }

    /// Another configuration for npm's side.
    pub fn set_npm(&mut self, npm: &Value) {
        self.send(Npm, "PUT", "", npm);
    }

    /// Another configuration for ours.
    pub fn set_ours<T: Service>(&mut self, config: unjwt::Config<T>) {
        self.ours = serve(&self.id, config).unwrap();
    }

    /// The same two services, and a client that has no cookies yet.
    pub fn forget(&mut self) {
        self.client = Client::new(url());
    }

    /// A header that goes with every request from now on.
    pub fn header(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    pub fn no_headers(&mut self) {
        self.headers.clear();
    }

    /// Puts all three clocks so many seconds ahead of the system's.
    pub fn set_ahead(&mut self, seconds: u64) {
        self.client.ahead = seconds;
        self.set_servers_ahead(seconds, seconds);
    }

    /// The servers' clocks alone: the client still sends what has expired.
    pub fn set_servers_ahead(&mut self, npm: u64, ours: u64) {
        self.ahead = npm;
        self.ours.store(ours, Ordering::SeqCst);
    }

    /// Reads with nothing but this header.
    #[track_caller]
    pub fn read_header(&mut self, side: Side, name: &str, value: &str) -> Seen {
        let client = std::mem::replace(&mut self.client, Client::new(url()));
        let seen = self.read_with(side, name, value);
        self.client = client;
        seen
    }

    /// Reads with this header beside the cookies.
    #[track_caller]
    pub fn read_with(&mut self, side: Side, name: &str, value: &str) -> Seen {
        self.headers.push((name.to_owned(), value.to_owned()));
        let seen = self.read(side);
        self.headers.pop();
        seen
    }

    #[track_caller]
    pub fn read(&mut self, side: Side) -> Seen {
        self.ask(side, "GET", "", &Value::Null)
    }

    #[track_caller]
    pub fn update(&mut self, side: Side, data: &Value) -> Seen {
        self.ask(side, "PATCH", "", data).valid()
    }

    /// Begins a session for Ada.
    #[track_caller]
    pub fn begin(&mut self, side: Side) -> Seen {
        self.update(side, &json!({ "user": "ada", "visits": 1 }))
    }

    #[track_caller]
    pub fn rotate(&mut self, side: Side) -> Seen {
        self.ask(side, "POST", "/rotate", &Value::Null).valid()
    }

    #[track_caller]
    pub fn clear(&mut self, side: Side) -> Seen {
        self.ask(side, "DELETE", "", &Value::Null)
    }

    /// Begins a session of npm's with this data alone, whatever its cookie held.
    #[track_caller]
    pub fn begin_at_npm(&mut self, data: &Value) -> Seen {
        self.ask(Npm, "POST", "/begin", data).valid()
    }

    /// Does something as somebody who has copied these cookies.
    pub fn as_thief<R>(&mut self, copy: &Client, act: impl FnOnce(&mut Self) -> R) -> R {
        let client = std::mem::replace(&mut self.client, copy.clone());
        let result = act(self);
        self.client = client;
        result
    }

    #[track_caller]
    fn ask(&mut self, side: Side, method: &str, path: &str, body: &Value) -> Seen {
        let answer = self.send(side, method, path, body);
        assert_eq!(answer.status, 200, "{side:?} {method}: {answer:?}");
        let body = answer.json().unwrap();
        Seen { status: body["status"].as_str().unwrap().to_owned(), body, answer }
    }

    /// A request whose answer need not be a 200.
    #[track_caller]
    pub fn send(&mut self, side: Side, method: &str, path: &str, body: &Value) -> Answer {
        self.send_to(self.base(side), method, path, body)
    }

    /// Returns the base URL of a side.
    pub fn base(&self, side: Side) -> &'static str {
        match side {
            Npm => &self.node.url,
            Ours => url(),
        }
    }

    /// The names of the cookies that the client would send.
    pub fn cookies(&self) -> Vec<String> {
        let header = self.client.cookie_header(&format!("/{}", self.id));
        let names = header.split("; ").filter_map(|pair| pair.split_once('='));
        names.map(|(name, _)| name.to_owned()).collect()
    }

    /// Returns the path of both services below their base URLs.
    pub fn path(&self) -> String {
        format!("/{}", self.id)
    }

    /// The same at another address.
    #[track_caller]
    pub fn send_to(&mut self, base: &str, method: &str, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send_text(base, method, path, &body)
    }

    /// The same with a body as it stands.
    #[track_caller]
    pub fn send_text(&mut self, base: &str, method: &str, path: &str, body: &str) -> Answer {
        self.client.moves_to(base);
        let ahead = self.ahead.to_string();
        let mut headers = vec![("x-ahead", ahead.as_str())];
        headers.extend(self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        if !body.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        self.client.request(method, &format!("/{}{path}", self.id), &headers, body).unwrap()
    }
}

impl Seen {
    #[track_caller]
    pub fn valid(self) -> Self {
        assert_eq!(self.status, "valid", "{self:?}");
        self
    }

    /// Why npm refused a token.
    pub fn reason(&self) -> &str {
        self.body["reason"].as_str().unwrap_or_default()
    }

    pub fn id(&self) -> &str {
        self.body["id"].as_str().unwrap()
    }

    pub fn token(&self) -> &str {
        self.body["token"].as_str().unwrap()
    }

    pub fn data(&self) -> &Value {
        &self.body["data"]
    }

    pub fn expires_at(&self) -> Option<u64> {
        self.body["expires_at"].as_u64()
    }

    /// The session itself: whatever both sides must say alike of one token.
    pub fn session(&self) -> Value {
        let mut body = self.body.clone();
        body.as_object_mut().unwrap().remove("token");
        body
    }
}
