#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session};
use unjwt_store::MemoryStore;

/// A field is of a parameter's type, or of one that mentions it.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", revocable(by(user, tenant)))]
pub struct Login<U, T>
where
    T: Clone,
{
    pub user: U,
    pub tenant: Option<T>,
}

fn key() -> JweKey {
    JweKey::secret([7; 32])
}

fn main() {
    let _ = Login::<u64, String>::config(key()).store(MemoryStore::volatile()).build().unwrap();
    let _ = Login::<u64, String>::by_user(&7);
    let _ = Login::<u64, String>::by_tenant("acme");
}
