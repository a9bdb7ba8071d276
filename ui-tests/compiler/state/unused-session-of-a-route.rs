use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionManager};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Token {
    sub: String,
}

#[axum::debug_handler(state = String)]
async fn page(_: SessionManager<Token>) {}

fn main() {}
