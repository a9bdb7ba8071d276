#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, max_age = "5Y", cookie = false)]
pub struct Api {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, max_age = "5Y", read_only)]
pub struct Reader {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, max_age = "5Y", cookie(max_age = "400D"))]
pub struct Capped {
    pub sub: String,
}

fn main() {}
