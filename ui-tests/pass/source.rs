#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, cookie = false)]
pub struct Session0 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, header = false, sources(cookie))]
pub struct Session1 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, header = "Authorization", sources(header, cookie))]
pub struct Session2 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, cookie = false, header = false, extract = false)]
pub struct Link {
    pub email: String,
}

fn main() {}
