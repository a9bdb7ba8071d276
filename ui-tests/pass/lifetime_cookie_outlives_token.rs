#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, max_age = "15m", cookie(max_age = "7D"))]
pub struct Token {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, max_age = "7D", cookie(max_age = "7D"))]
pub struct Equal {
    pub sub: String,
}

fn main() {}
