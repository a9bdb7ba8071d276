#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::{JwsKey, Session};
use unjwt_store::MemoryStore;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, max_age = "15m", read_only, revocable(by(user)))]
pub struct Access {
    pub user: u64,
}

fn main() {
    let key = JwsKey::secret([7; 32]);
    let _ = Access::config(key).store(MemoryStore::volatile()).build().unwrap();
    let _ = Access::by_user(&7);
}
