//! A service whose sessions have any size, and requests that are sent as they are written here.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use unjwt::{Config, Error, JweKey, Session, SessionHandle, SessionManager};

use crate::support::server::Server;

/// The default attribute but for chunks beyond the default three, with which limits are found that lie there.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", header = "x-big_sid", max_age = "7D", cookie(max_chunks = 12))]
pub struct Big {
    text: String,
}

/// More than anything here lets through.
const LONGEST: usize = 30_000;

fn big(length: usize) -> Big {
    Big { text: "x".repeat(length) }
}

pub struct Service {
    pub server: Server,
    pub sessions: SessionHandle<Big>,
}

impl Service {
    pub async fn start() -> Self {
        Self::start_with(|config| config).await
    }

    pub async fn start_with(set: impl FnOnce(Config<Big>) -> Config<Big>) -> Self {
        let mut kept = None;
        let config = set(Big::config(JweKey::secret([7; 32])));
        let router = unjwt::install(config, |sessions| {
            kept = Some(sessions.clone());
            (Router::new().route("/", get(read)).route("/{length}", post(write)), sessions)
        });
        Self { server: Server::start(router.unwrap()).await, sessions: kept.unwrap() }
    }

    /// The pairs of a session with so much text, as one `Cookie` line has them.
    pub fn cookies(&self, length: usize) -> String {
        self.sessions.cookie_header(&big(length)).unwrap().to_str().unwrap().to_owned()
    }

    /// The longest text of a session in so many chunks.
    pub async fn longest(&self, chunks: usize) -> usize {
        // The marker and the chunks; a session in one cookie has no marker.
        let most = if chunks == 1 { 1 } else { chunks + 1 };
        largest(async |length| self.cookies(length).split("; ").count() <= most).await
    }
}

async fn read(big: Big) -> String {
    big.text.len().to_string()
}

async fn write(manager: SessionManager<Big>, Path(length): Path<usize>) -> Result<(), Error> {
    manager.replace(big(length)).await.map(drop)
}

/// The largest size that passes, where every smaller one does.
pub async fn largest(mut passes: impl AsyncFnMut(usize) -> bool) -> usize {
    let (mut good, mut bad) = (0, LONGEST);
    assert!(passes(good).await, "nothing passes");
    assert!(!passes(bad).await, "everything passes");
    while bad - good > 1 {
        let middle = good.midpoint(bad);
        if passes(middle).await { good = middle } else { bad = middle }
    }
    good
}

/// The head of an answer.
pub struct Head {
    pub status: u16,
    /// In bytes, with the empty line at its end.
    pub length: usize,
}

/// Sends a request, with these lines after `Host`, on a connection of its own. Like nginx towards a service, it speaks
/// HTTP/1.0, whose connections end with the answer.
pub async fn ask(address: SocketAddr, request: &str, lines: &str) -> Head {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let text = format!("{request} HTTP/1.0\r\nHost: {address}\r\n{lines}\r\n");
    // The other side may refuse before it has read everything.
    let _ = socket.write_all(text.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.get(9..12).and_then(|status| status.parse().ok());
    Head {
        status: status.unwrap_or_else(|| panic!("{request} to {address}: no answer: {answer:?}")),
        length: answer.split_once("\r\n\r\n").unwrap().0.len() + 4,
    }
}

/// Writes a session with so much text.
pub async fn ask_to_write(address: SocketAddr, length: usize) -> Head {
    ask(address, &format!("POST /{length}"), "Content-Length: 0\r\n").await
}

/// Reads a session that comes in one `Cookie` line.
pub async fn ask_to_read(address: SocketAddr, cookies: &str) -> Head {
    ask(address, "GET /", &cookie_line(cookies)).await
}

/// The line with its end, as limits count it.
pub fn cookie_line(cookies: &str) -> String {
    format!("Cookie: {cookies}\r\n")
}
