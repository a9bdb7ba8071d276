use serde::{Deserialize, Serialize};
use unjwt::{Current, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws)]
struct Token {
    sub: String,
}

fn issuer(current: &Current<Token>) -> &str {
    current.issuer()
}

fn main() {}
