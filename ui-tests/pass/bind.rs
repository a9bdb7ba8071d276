#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::{DeviceBound, JweKey, JwsKey, Session, SessionConfigs};
use unjwt_store::MemoryStore;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-login", max_age = "7D", revocable(by(user)), rotation, renew_after = "half")]
pub struct Login {
    pub user: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, max_age = "15m", login = Login, bind = "dbsc", header = false)]
pub struct Access {
    pub user: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D")]
pub struct Visit {
    pub user: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jwe,
    max_age = "3m",
    login = crate::Visit,
    bind = "dbsc",
    cookie(secure = true, partitioned = false, same_site = "strict", http_only = true),
)]
pub struct Page<T: Clone> {
    pub user: u64,
    pub data: Option<T>,
}

/// A session without `bind` has the name to itself.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, max_age = "15m")]
pub struct Confirmed {
    pub cnf: String,
}

impl From<&Login> for Access {
    fn from(login: &Login) -> Self {
        Self { user: login.user }
    }
}

impl<T: Clone> From<&Visit> for Page<T> {
    fn from(login: &Visit) -> Self {
        Self { user: login.user, data: None }
    }
}

const fn bound<T: DeviceBound>() {}

fn main() {
    const { bound::<Access>() };
    const { bound::<Page<u8>>() };
    let configs = (Login::config(JweKey::secret([7; 32])), Access::config(JwsKey::secret([8; 32])));
    let (login, access) = configs.store(MemoryStore::volatile()).build().unwrap();
    assert_eq!((login.name(), access.name()), ("__Host-login", "access"));
    let configs = (Visit::config(JweKey::secret([7; 32])), Page::<u8>::config(JweKey::secret([8; 32])));
    configs.build().unwrap();
}
