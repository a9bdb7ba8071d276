use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, id = Self::generate_id)]
struct Token {
    sub: String,
}

fn main() {
    let _ = Token::config(JweKey::password("a password"));
}
