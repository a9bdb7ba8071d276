use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[serde(untagged)]
#[session(jwe)]
struct Token {
    sub: String,
}



fn main() {}
