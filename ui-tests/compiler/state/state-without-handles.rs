use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Token {
    sub: String,
}



fn main() {
    let key = JweKey::password("a password");
    let _ = unjwt::install(Token::config(key), |_| (axum::Router::new(), String::new()));
}
