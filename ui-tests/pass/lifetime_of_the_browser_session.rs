#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
pub struct Token {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, cookie(max_age = "1D"))]
pub struct OnlyCookie {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, clock_tolerance = "1m")]
pub struct Tolerant {
    pub sub: String,
}

fn main() {}
