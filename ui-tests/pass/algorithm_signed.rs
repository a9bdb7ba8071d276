#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws(alg = "HS256"))]
pub struct Token0 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws(alg = "HS384"))]
pub struct Token1 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws(alg = "HS512"))]
pub struct Token2 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws(alg = "RS256"))]
pub struct Token3 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws(alg = "PS384"))]
pub struct Token4 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws(alg = "ES512"))]
pub struct Token5 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws(alg = "EdDSA"))]
pub struct Token6 {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws(alg = "Ed25519"))]
pub struct Token7 {
    pub sub: String,
}

fn main() {}
