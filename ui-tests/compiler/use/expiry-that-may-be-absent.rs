use serde::{Deserialize, Serialize};
use unjwt::{Current, NumericDate, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws)]
struct Token {
    sub: String,
}

fn uses(current: &Current<Token>) -> NumericDate {
    current.expires_at
}

fn main() {}
