use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Token {
    sub: String,
}

fn uses() -> TokenPatch {
    TokenPatch { name: None, ..TokenPatch::default() }
}

fn main() {}
