use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Token {
    sub: String,
}

/// What a form of the application changes.
struct TokenPatch {
    sub: String,
}

fn main() {
    let _: Option<TokenPatch> = None;
}
