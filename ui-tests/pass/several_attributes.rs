#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
#[session(name = "sid", max_age = "1h")]
#[session(cookie(path = "/app"))]
pub struct Token {
    pub sub: String,
}

fn main() {}
