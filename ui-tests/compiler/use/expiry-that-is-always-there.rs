use serde::{Deserialize, Serialize};
use unjwt::{Current, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, max_age = "15m")]
struct Token {
    sub: String,
}

fn uses(current: &Current<Token>) -> bool {
    current.expires_at.is_some()
}

fn main() {}
