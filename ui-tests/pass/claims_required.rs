#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "1h", subject = "login", required_claims("exp", "sub", "jti", "user", "iss"))]
pub struct Token {
    pub user: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, read_only, required_claims("nbf", "scope"))]
pub struct Reader {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, required_claims("anything"))]
pub struct Open {
    #[serde(flatten)]
    pub rest: std::collections::HashMap<String, String>,
}

fn main() {}
