use serde::{Deserialize, Serialize};
use unjwt::{JwsKey, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws)]
struct Token {
    sub: String,
}

fn uses(key: JwsKey) {
    let _ = Token::config(key).anyone_with_the_public_key_may_write().build();
}

fn main() {}
