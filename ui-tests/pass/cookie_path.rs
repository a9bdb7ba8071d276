#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, cookie(path = "/caf%C3%A9/a%20b"))]
pub struct Token {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, cookie(path = "/api/"))]
pub struct Slash {
    pub sub: String,
}

fn main() {}
