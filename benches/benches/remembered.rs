//! The bytes that a process remembers of logins, and those of the store in memory, by an allocator that counts. Prints a
//! table. `UNJWT_BENCH_SMOKE` makes it short.

use allocation_counter::measure;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use unjwt::{JwsKey, LoginId, Session, Tokens};
use unjwt_benches::SMOKE;
use unjwt_benches::stored::runtime;
use unjwt_store::{Entry, Key, MemoryStore, Outage, Store, UnixTime, Version};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "sid", max_age = "7D", revocable(by(user)))]
struct Login {
    user: u64,
}

/// Without a group, the store keeps nothing of a login that lives.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "sid", max_age = "7D", revocable)]
struct Alone {
    user: u64,
}

/// Keeps nothing, so that what is counted is the library's.
struct Nothing;

impl Store for Nothing {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>, Outage> {
        Ok(vec![None; keys.len()])
    }

    async fn swap(&self, _: &Key, _: Option<Version>, _: &[u8], _: UnixTime) -> Result<bool, Outage> {
        Ok(true)
    }
}

fn main() {
    let is_smoke = std::env::var_os(SMOKE).is_some();
    println!("| | logins | bytes | of each |");
    println!("|---|---|---|---|");
    let sizes: &[u64] = if is_smoke { &[1_000] } else { &[1_000, 65_536, 131_072, 1_000_000] };
    for logins in sizes {
        row("a process: logins that live", *logins, live);
    }
    let sizes: &[u64] = if is_smoke { &[1_000] } else { &[1_000, 65_536, 262_144, 1_000_000] };
    for logins in sizes {
        row("a process: logins that have ended", *logins, ended);
        row("a process: users all of whose logins have ended", *logins, ended_users);
    }
    let logins = if is_smoke { 1_000 } else { 1_000_000 };
    row("`MemoryStore`: users with one login", logins, |logins| stored(logins, &[1; 45]));
    row("`MemoryStore`: logins that have ended", logins, |logins| stored(logins, &[1; 2]));
}

fn row(what: &str, logins: u64, bytes: impl Fn(u64) -> i64) {
    let bytes = bytes(logins);
    println!("| {what} | {logins} | {bytes} | {:.0} |", bytes as f64 / logins as f64);
}

/// Returns the bytes that are still allocated when the work is done, with what it returns.
fn kept<T>(work: impl AsyncFnOnce() -> T) -> i64 {
    let runtime = runtime();
    let mut result = None;
    let counted = measure(|| result = Some(runtime.block_on(work())));
    drop(result);
    counted.bytes_current
}

fn key() -> JwsKey {
    JwsKey::secret([7; 32])
}

fn process() -> Tokens<Login> {
    Login::config(key()).store(Nothing).token_cache(0).build().expect("a sound configuration")
}

fn live(logins: u64) -> i64 {
    let tokens = Alone::config(key()).store(Nothing).token_cache(0).build().expect("a sound configuration");
    kept(async || {
        for user in 0..logins {
            drop(tokens.sign(&Alone { user }).await.expect("a login"));
        }
    })
}

fn ended(logins: u64) -> i64 {
    let tokens = process();
    kept(async || {
        for number in 0..logins {
            let id: LoginId =
                URL_SAFE_NO_PAD.encode(u128::from(number).to_be_bytes()).parse().expect("an id");
            tokens.logins().end(id).await.expect("a store");
        }
    })
}

fn ended_users(users: u64) -> i64 {
    let tokens = process();
    kept(async || {
        for user in 0..users {
            tokens.logins().end_by(Login::by_user(&user)).await.expect("a store");
        }
    })
}

fn stored(records: u64, value: &[u8]) -> i64 {
    let store = MemoryStore::volatile();
    let until = UnixTime::now().plus(std::time::Duration::from_secs(3600));
    kept(async || {
        for number in 0..records {
            let mut bytes = [2; Key::LEN];
            for (to, from) in bytes.iter_mut().skip(1).zip(number.to_be_bytes()) {
                *to = from;
            }
            store.swap(&Key::from_bytes(bytes), None, value, until).await.expect("a store");
        }
    })
}
