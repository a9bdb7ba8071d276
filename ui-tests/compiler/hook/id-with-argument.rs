use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, id = new_id)]
struct Token {
    sub: String,
}

fn new_id(_: &str) -> String {
    String::new()
}

fn main() {}
