#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
pub struct Sealed {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws)]
pub struct Signed {
    pub sub: String,
}

fn main() {}
