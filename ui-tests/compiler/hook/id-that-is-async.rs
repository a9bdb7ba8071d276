use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, id = new_id)]
struct Token {
    sub: String,
}

async fn new_id() -> String {
    String::new()
}

fn main() {}
