use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, SessionHandle, SessionManager};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", absolute = "30D", revocable)]
struct Refresh {
    sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "15m", renew_after = "half", login = Refresh)]
struct Token {
    sub: String,
}

impl From<&Refresh> for Token {
    fn from(login: &Refresh) -> Self {
        Self { sub: login.sub.clone() }
    }
}

async fn handler(_: Token, _: Option<Token>, _: SessionManager<Token>) {}

fn main() {
    let _: MethodRouter<SessionHandle<Token>> = get(handler);
    let _ = Token::config(JweKey::password("a password"));
    let _ = TokenPatch { sub: None };
}
