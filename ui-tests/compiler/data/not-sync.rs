use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Token {
    count: std::cell::Cell<u8>,
}

fn main() {}
