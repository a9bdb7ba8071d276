use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};
use unjwt::{JwsKey, Session, SessionHandle, SessionManager};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, cookie(false), sources(header))]
struct Token {
    sub: String,
}

async fn handler(_: Token, _: Option<Token>, _: SessionManager<Token>) {}

fn main() {
    let _: MethodRouter<SessionHandle<Token>> = get(handler);
    let _ = Token::config(JwsKey::secret([7; 32]));
    let _ = TokenPatch { sub: None };
}
