use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionHandle, SessionState};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Token {
    sub: String,
}

type Handle = SessionHandle<Token>;

#[derive(SessionState)]
struct App {
    token: Handle,
}

fn main() {}
