use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session};
use unjwt_store::MemoryStore;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "1h")]
struct Visitor {}

fn main() {
    let _ = Visitor::config(JweKey::password("a password")).store(MemoryStore::volatile());
}
