use serde::{Deserialize, Serialize};
use unjwt::{Current, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, max_age = "15m")]
struct Token {
    sub: String,
}

fn uses(current: &Current<Token>) -> bool {
    if let Some(_) = current.expires_at { true } else { false }
}

fn main() {}
