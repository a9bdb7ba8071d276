#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe(alg = "dir"))]
pub struct Token0 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe(enc = "A128CBC-HS256"))]
pub struct Token1 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe(alg = "RSA-OAEP-256", enc = "A192GCM"))]
pub struct Token2 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe(alg = "ECDH-ES+A256KW"))]
pub struct Token3 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe(alg = "PBES2-HS512+A256KW", enc = "A256CBC-HS512"))]
pub struct Token4 {
    pub sub: String,
}

fn main() {}
