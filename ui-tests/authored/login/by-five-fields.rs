use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, SessionHandle, SessionManager};
use unjwt_store::MemoryStore;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", revocable(by(a, b, c, d, e)))]
struct Token {
    a: u8,
    b: u8,
    c: u8,
    d: u8,
    e: u8,
}

async fn handler(_: Token, _: Option<Token>, _: SessionManager<Token>) {}

fn main() {
    let _: MethodRouter<SessionHandle<Token>> = get(handler);
    let _ = Token::config(JweKey::password("a password")).store(MemoryStore::volatile()).build();
    let _ = TokenPatch { a: None, b: None, c: None, d: None, e: None };
    let _ = (Token::by_a(&7), Token::by_e(&7));
}
