#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "a.1")]
pub struct Token {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-Http-sid")]
pub struct Strict {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "!#$%&'*+-.^_`|~")]
pub struct Odd {
    pub sub: String,
}

fn main() {}
