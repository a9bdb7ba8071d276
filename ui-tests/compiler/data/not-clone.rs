use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Serialize, Deserialize, Session)]
#[session(jwe)]
struct Token {
    sub: String,
}

fn main() {}
