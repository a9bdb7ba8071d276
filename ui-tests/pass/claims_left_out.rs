#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws)]
pub struct Token {
    #[serde(skip)]
    pub exp: u64,
    #[serde(skip)]
    #[session(confidential)]
    pub secret: String,
    #[serde(skip_serializing, default)]
    pub old: String,
}

fn main() {}
