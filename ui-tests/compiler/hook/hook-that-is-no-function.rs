use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, hooks(renew = RENEW))]
struct Token {
    sub: String,
}

const RENEW: u8 = 1;

fn main() {}
