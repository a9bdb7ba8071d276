use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "1h", cookie(max_age = false))]
struct Visitor {
    name: String,
}

fn main() {}
