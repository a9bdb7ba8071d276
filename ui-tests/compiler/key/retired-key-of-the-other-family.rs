use serde::{Deserialize, Serialize};
use unjwt::{JweKey, JwsKey, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Token {
    sub: String,
}

fn main() {
    let config = Token::config(JweKey::password("a password"));
    let _ = config.also_reads(JwsKey::secret(*b"a secret of thirty-two bytes ....")).build();
}
