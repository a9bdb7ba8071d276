use serde::{Deserialize, Serialize};
use unjwt::{JwsKey, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws)]
struct Token {
    sub: String,
}

fn main() {
    let key = || JwsKey::secret([7; 32]);
    let _ = Token::config(key()).also_trusts("https://other.example", ["api"], key());
}
