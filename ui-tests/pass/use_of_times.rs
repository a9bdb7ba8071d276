#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::{Current, NumericDate, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "15m")]
pub struct Limited {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
pub struct Unlimited {
    pub sub: String,
}

pub fn ends(limited: &Current<Limited>, unlimited: &Current<Unlimited>) -> (NumericDate, Option<NumericDate>) {
    (limited.expires_at, unlimited.expires_at)
}

fn main() {}
