use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, SessionHandle, SessionManager};

#[derive(Clone, Serialize, Deserialize)]
struct Wire {
    sub: String,
}

impl From<Wire> for Token {
    fn from(wire: Wire) -> Self {
        Self { sub: wire.sub }
    }
}

impl From<Token> for Wire {
    fn from(token: Token) -> Self {
        Self { sub: token.sub }
    }
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[serde(from = "Wire", into = "Wire")]
#[session(jwe)]
struct Token {
    sub: String,
}

async fn handler(_: Token, _: Option<Token>, _: SessionManager<Token>) {}

fn main() {
    let _: MethodRouter<SessionHandle<Token>> = get(handler);
    let _ = Token::config(JweKey::password("a password"));
    let _ = TokenPatch { sub: None };
}
