//! The revocable sessions that are measured.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use unjwt::{JwsKey, Session, Tokens};
use unjwt_store::Store;

/// A login by which a page would list "your devices". Every reading asks the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "sid", max_age = "7D", revocable(by(user), recheck = 0))]
pub struct Strict {
    pub user: u64,
}

/// The same with the default: a reading asks the store if the last check is ten seconds ago.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "sid", max_age = "7D", revocable(by(user)))]
pub struct Usual {
    pub user: u64,
}

/// The memory that a reading has of an earlier one's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tokened {
    Remembered,
    Forgotten,
}

/// Longer than any access takes on a busy machine: an outage would end the measurement.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub fn strict(store: impl Store, token: Tokened) -> Tokens<Strict> {
    let config = Strict::config(key()).store(store).store_timeout(PATIENCE);
    match token {
        Tokened::Remembered => config.build(),
        Tokened::Forgotten => config.token_cache(0).build(),
    }
    .expect("a sound configuration")
}

pub fn usual(store: impl Store) -> Tokens<Usual> {
    Usual::config(key()).store(store).store_timeout(PATIENCE).build().expect("a sound configuration")
}

fn key() -> JwsKey {
    JwsKey::secret([7; 32])
}

/// Returns a runtime of one thread, in which a peer does not pay for the wakers of another thread.
///
/// # Panics
///
/// If there is none to be had.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}
