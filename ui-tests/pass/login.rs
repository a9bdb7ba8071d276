#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, Tokens};
use unjwt_store::MemoryStore;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", revocable)]
pub struct Alone {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", revocable(by(user, tenant)))]
pub struct Grouped {
    pub user: u64,
    pub tenant: u32,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, max_age = "7D", absolute = "30D", revocable(max_logins(64, "refuse"), outage = "serve(15m)", recheck = 0, by(user)), extend = "rotate")]
pub struct Everything {
    pub user: u64,
}

fn key() -> JweKey {
    JweKey::secret([7; 32])
}

fn main() {
    let _: Tokens<Alone> = Alone::config(key()).store(MemoryStore::volatile()).build().unwrap();
    let _ = Grouped::config(key()).store_timeout(std::time::Duration::from_millis(50)).store(MemoryStore::volatile());
    let _ = [Grouped::by_user(&7).clone(), Grouped::by_tenant(&7)];
    let _ = Everything::by_user(&7);
}
