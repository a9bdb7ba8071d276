#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = 900)]
pub struct Session0 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "15m")]
pub struct Session1 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "1W", extend = "update", clock_tolerance = 0)]
pub struct Session2 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, max_age = "2years", cookie(max_age = "400D"), clock_tolerance = "30s")]
pub struct Session3 {
    pub sub: String,
}

fn main() {}
