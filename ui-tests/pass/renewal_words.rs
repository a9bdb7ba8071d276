#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookResult, Renew, Reuse};
use unjwt::{JweKey, Session};
use unjwt_store::MemoryStore;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jwe,
    max_age = "7D",
    revocable,
    rotation(missing = "adopt", window = "5m"),
    renew_after = "1h",
    cookie(max_age = "session"),
    hooks(on_reuse = reused)
)]
pub struct Everything {
    pub user: u64,
}

async fn reused(event: Reuse<'_, Everything>) -> HookResult {
    let _ = (event.reused().login_id(), event.now());
    Ok(())
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", revocable, rotation(window = 5, missing = "end"), renew_after = 600)]
pub struct Numbers {
    pub user: u64,
}

/// The words are names of members elsewhere.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", renew_after = "half")]
pub struct Plain {
    pub sid: u64,
    pub auth_time: u64,
    pub ep: u64,
    pub r#gen: u64,
    pub login: String,
    pub rotation: bool,
}

/// A hook makes the session, and no `From` is needed.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "15m", login = Plain, hooks(renew = renew))]
pub struct ByHook {
    pub user: u64,
}

async fn renew(_: Renew<'_, ByHook>) -> HookResult {
    Ok(())
}

fn main() {
    let key = || JweKey::secret([7; 32]);
    assert!(Everything::config(key()).store(MemoryStore::volatile()).build().is_ok());
    assert!(Numbers::config(key()).store(MemoryStore::volatile()).build().is_ok());
    assert!(Plain::config(key()).build().is_ok());
}
