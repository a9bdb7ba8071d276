use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, SessionHandle, SessionManager};

#[derive(Clone, Serialize, Deserialize, Session)]
#[serde(rename_all(serialize = "camelCase"))]
#[session(jwe)]
struct Token {
    user_id: u8,
    group_id: u8,
}

async fn handler(_: Token, _: Option<Token>, _: SessionManager<Token>) {}

fn main() {
    let _: MethodRouter<SessionHandle<Token>> = get(handler);
    let _ = Token::config(JweKey::password("a password"));
    let _ = TokenPatch { user_id: None, group_id: None };
}
