use serde::{Deserialize, Serialize};
use unjwt::{Session, Tokens};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, read_only)]
struct Token {
    sub: String,
}

async fn uses(tokens: &Tokens<Token>, data: &Token) {
    let _ = tokens.sign(data).await;
}

fn main() {}
