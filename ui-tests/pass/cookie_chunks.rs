#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, cookie(max_chunks = 100))]
pub struct Token {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, cookie(chunk_max_length = 100))]
pub struct Small {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, cookie(chunk_max_length = 3950, max_chunks = 1))]
pub struct One {
    pub sub: String,
}

fn main() {}
