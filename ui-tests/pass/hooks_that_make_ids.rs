#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, id = new_id)]
pub struct Token {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, id = String::new)]
pub struct Std {
    pub sub: String,
}

fn new_id() -> &'static str {
    "id"
}

fn main() {}
