use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, read_only)]
struct Login {
    user: u64,
}

fn main() {
    unjwt::golden::check("tests/golden", [Login { user: 7 }]);
}
