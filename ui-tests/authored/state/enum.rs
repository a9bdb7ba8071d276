use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionHandle, SessionState};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Token {}

#[derive(SessionState)]
enum App {
    One(SessionHandle<Token>),
}

fn main() {}
