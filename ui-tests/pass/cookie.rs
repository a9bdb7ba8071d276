#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-sid", cookie(path = "/", secure = true))]
pub struct Session0 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Secure-sid", cookie(domain = "example.com", path = "/api"))]
pub struct Session1 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "__Http-sid", cookie(http_only))]
pub struct Session2 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, cookie(same_site = "NONE", partitioned, chunk_max_length = 3900, max_chunks = 5))]
pub struct Session3 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, cookie(secure = false, domain = "localhost"))]
pub struct Session4 {
    pub sub: String,
}

fn main() {}
