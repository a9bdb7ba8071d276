use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Token(String, u8);

fn main() {
    let _ = Token::config(JweKey::password("a password"));
}
