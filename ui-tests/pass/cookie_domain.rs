#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, cookie(domain = "example.co.uk"))]
pub struct Token {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, cookie(domain = "me.github.io"))]
pub struct Shared {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, cookie(domain = "xn--bcher-kva.example"))]
pub struct Ascii {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, cookie(domain = "my_app.example.com"))]
pub struct Underscore {
    pub sub: String,
}

fn main() {}
