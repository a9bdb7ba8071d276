use serde::{Deserialize, Serialize};
use unjwt::{Session, Tokens};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Token {
    sub: String,
}

async fn uses(tokens: &Tokens<Token>) {
    let _ = tokens.verify_without_hooks("e30.e30.").await;
}

fn main() {}
