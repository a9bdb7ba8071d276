use serde::Deserialize;
use unjwt::{Session, SessionManager};

#[derive(Clone, Deserialize, Session)]
#[session(jws, read_only, issued_elsewhere)]
struct Token {
    sub: String,
}

async fn handler(session: SessionManager<Token>) {
    let _ = session.replace(Token { sub: String::new() }).await;
}

fn main() {}
