#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::{Config, JweKey, Session};
use unjwt_store::{AnyStore, MemoryStore, Store};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", revocable)]
pub struct Login {
    pub user: u64,
}

fn key() -> JweKey {
    JweKey::secret([7; 32])
}

/// Chosen when the program starts.
fn store() -> AnyStore {
    AnyStore::new(MemoryStore::volatile())
}

fn with(store: impl Store) -> Config<Login> {
    Login::config(key()).store(store)
}

fn main() {
    let _ = Login::config(key()).store(store()).build().unwrap();
    let _ = with(store());
}
