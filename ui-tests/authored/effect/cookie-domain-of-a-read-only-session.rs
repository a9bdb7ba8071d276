use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, read_only, cookie(domain = "example.com", max_chunks = 5))]
struct Token {
    sub: String,
}

fn main() {
    let _ = Token::config(JweKey::password("a password"));
}
