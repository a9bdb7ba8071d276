use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, SessionHandle, SessionManager};

#[derive(Clone, Serialize, Deserialize, Session)]
#[serde(try_from = "Raw")]
#[session(jwe)]
struct Token {
    sub: String,
}

#[derive(Deserialize)]
struct Raw {
    sub: String,
}

impl TryFrom<Raw> for Token {
    type Error = String;

    fn try_from(raw: Raw) -> Result<Self, String> {
        Ok(Self { sub: raw.sub })
    }
}

async fn handler(_: Token, _: Option<Token>, _: SessionManager<Token>) {}

fn main() {
    let _: MethodRouter<SessionHandle<Token>> = get(handler);
    let _ = Token::config(JweKey::password("a password"));
    let _ = TokenPatch { sub: None };
}
