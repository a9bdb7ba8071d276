use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
enum Token {
    User { sub: String },
    Guest,
}

fn main() {
    let _ = Token::config(JweKey::password("a password"));
}
