use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", revocable)]
struct Login {
    user: u64,
}

fn main() {
    let _ = Login::config(JweKey::password("a password")).build();
}
