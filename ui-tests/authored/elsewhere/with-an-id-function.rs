use axum::routing::{MethodRouter, get};
use serde::Deserialize;
use unjwt::{JwsKey, Session, SessionHandle};

#[derive(Clone, Deserialize, Session)]
#[session(jws, read_only, issued_elsewhere, id = make)]
struct Token {
    sub: String,
}

fn make() -> String {
    String::new()
}

async fn handler(_: Token, _: Option<Token>) {}

fn main() {
    let _: MethodRouter<SessionHandle<Token>> = get(handler);
    let _ = Token::config(JwsKey::secret([7; 32]));
    let _ = |token: Token| token.sub;
}
