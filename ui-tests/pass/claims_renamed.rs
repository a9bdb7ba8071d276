#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
#[session(jwe)]
pub struct Token {
    pub user_id: u64,
    #[serde(rename = "r")]
    pub role: String,
    #[serde(rename(serialize = "out", deserialize = "in"), alias = "out")]
    pub both: String,
}

fn main() {}
