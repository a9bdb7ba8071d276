use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, SessionConfigs};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", revocable)]
struct Login {
    user: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "1h")]
struct Visitor {}

fn main() {
    let key = JweKey::password("a password");
    let _ = (Login::config(key.clone()), Visitor::config(key)).store("redis://localhost");
}
