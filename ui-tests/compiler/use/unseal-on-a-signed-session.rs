use serde::{Deserialize, Serialize};
use unjwt::{Session, Tokens};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws)]
struct Token {
    sub: String,
}

async fn uses(tokens: &Tokens<Token>) {
    let _ = tokens.unseal_without_hooks("e30.e30.").await;
}

fn main() {}
