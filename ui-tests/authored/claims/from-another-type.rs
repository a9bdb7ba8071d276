use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, SessionHandle, SessionManager};

#[derive(Clone, Serialize, Deserialize, Session)]
#[serde(from = "Raw")]
#[session(jwe)]
struct Token {
    sub: String,
}

#[derive(Deserialize)]
struct Raw {
    sub: String,
}

impl From<Raw> for Token {
    fn from(raw: Raw) -> Self {
        Self { sub: raw.sub }
    }
}

async fn handler(_: Token, _: Option<Token>, _: SessionManager<Token>) {}

fn main() {
    let _: MethodRouter<SessionHandle<Token>> = get(handler);
    let _ = Token::config(JweKey::password("a password"));
    let _ = TokenPatch { sub: None };
}
