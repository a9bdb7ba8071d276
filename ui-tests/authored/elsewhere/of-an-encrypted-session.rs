use axum::routing::{MethodRouter, get};
use serde::Deserialize;
use unjwt::{JweKey, Session, SessionHandle};

#[derive(Clone, Deserialize, Session)]
#[session(jwe, read_only, issued_elsewhere)]
struct Token {
    sub: String,
}

async fn handler(_: Token, _: Option<Token>) {}

fn main() {
    let _: MethodRouter<SessionHandle<Token>> = get(handler);
    let _ = Token::config(JweKey::secret([7; 32]));
    let _ = |token: Token| token.sub;
}
