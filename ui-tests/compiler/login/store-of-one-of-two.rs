use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, SessionConfigs};
use unjwt_store::MemoryStore;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", revocable)]
struct Login {
    user: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", revocable)]
struct Admin {}

fn main() {
    let key = JweKey::password("a password");
    let admin = Admin::config(key.clone()).store(MemoryStore::volatile());
    let _ = (admin, Login::config(key)).build();
}
