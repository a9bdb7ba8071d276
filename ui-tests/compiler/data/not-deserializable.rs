use serde::Serialize;
use unjwt::Session;

#[derive(Clone, Serialize, Session)]
#[session(jwe)]
struct Token {
    sub: String,
}



fn main() {}
