#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe,)]
pub struct Session0 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws(alg = "ES256"), read_only)]
pub struct Session1 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe(alg = "dir", enc = "A256GCM"), extract = true, cookie = true, header = true)]
pub struct Session2 {
    pub sub: String,
}

fn main() {}
