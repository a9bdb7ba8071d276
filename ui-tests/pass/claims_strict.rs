#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[serde(deny_unknown_fields)]
#[session(jwe, issuer = "me")]
pub struct Token {
    pub user: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[serde(tag = "kind")]
#[session(jwe)]
pub struct Tagged {
    pub user: String,
}

fn main() {}
