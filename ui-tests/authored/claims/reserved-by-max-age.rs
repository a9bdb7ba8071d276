use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "1h")]
struct Visitor {
    rm: bool,
}

fn main() {}
