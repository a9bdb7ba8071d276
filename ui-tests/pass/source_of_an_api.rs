#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, cookie = false, header = "authorization")]
pub struct Token {
    pub sub: String,
}

fn main() {}
