use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionHandle, SessionState};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Token {}

#[derive(SessionState)]
struct App {
    token: SessionHandle<Token>,
    other: SessionHandle,
}

fn main() {}
