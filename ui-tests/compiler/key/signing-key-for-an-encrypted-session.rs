use serde::{Deserialize, Serialize};
use unjwt::{JwsKey, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Token {
    sub: String,
}

fn main() {
    let _ = Token::config(JwsKey::secret(*b"a secret of thirty-two bytes ...."));
}
