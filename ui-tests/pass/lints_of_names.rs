#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

/// The names of another system, allowed where they are written: the derive repeats none of the warnings.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
#[expect(non_snake_case)]
pub struct Token {
    pub userId: String,
}

fn main() {
    let _ = TokenPatch { userId: None };
}
