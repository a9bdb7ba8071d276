#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session};
use unjwt_store::MemoryStore;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", cookie = false, revocable(by(user), recheck = "1m"))]
pub struct Api {
    pub user: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "1h", cookie = false, header = false, extract = false, revocable)]
pub struct Link {
    pub user: u64,
}

fn key() -> JweKey {
    JweKey::secret([7; 32])
}

fn main() {
    let _ = Api::config(key()).store(MemoryStore::volatile()).build().unwrap();
    let _ = Link::config(key()).store(MemoryStore::volatile()).build().unwrap();
}
