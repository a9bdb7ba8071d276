use serde::Deserialize;
use unjwt::Session;

#[derive(Clone, Deserialize, Session)]
#[session(jwe)]
struct Token {
    sub: String,
}

fn main() {}
