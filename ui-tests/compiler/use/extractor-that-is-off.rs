use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionHandle};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, extract = false)]
struct Token {
    sub: String,
}

async fn handler(_: Token) {}

fn main() {
    let _: axum::routing::MethodRouter<SessionHandle<Token>> = axum::routing::get(handler);
}
