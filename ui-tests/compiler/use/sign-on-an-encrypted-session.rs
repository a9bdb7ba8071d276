use serde::{Deserialize, Serialize};
use unjwt::{Session, Tokens};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Token {
    sub: String,
}

async fn uses(tokens: &Tokens<Token>, data: &Token) {
    let _ = tokens.sign(data).await;
}

fn main() {}
