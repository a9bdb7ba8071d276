//! The records of a login as the library writes them into a store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use unjwt_benches::stored::{Strict, Tokened, runtime, strict};
use unjwt_store::{Entry, Key, MemoryStore, Outage, Store, UnixTime, Version};

/// Counts the bytes of the keys and values that are new.
struct Counted {
    records: MemoryStore,
    bytes: Arc<AtomicU64>,
}

impl Store for Counted {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>, Outage> {
        self.records.load(keys).await
    }

    async fn swap(
        &self,
        key: &Key,
        was: Option<Version>,
        value: &[u8],
        until: UnixTime,
    ) -> Result<bool, Outage> {
        assert!(was.is_none(), "each login here has a user of its own");
        self.bytes.fetch_add((Key::LEN + value.len()) as u64, Ordering::Relaxed);
        self.records.swap(key, was, value, until).await
    }
}

/// The bytes of a key and a value: of the record of a user with one login, and of a login that has ended.
pub(crate) fn sizes() -> (u64, u64) {
    const LOGINS: u64 = 100;
    let bytes = Arc::new(AtomicU64::new(0));
    let store = Counted { records: MemoryStore::volatile(), bytes: Arc::clone(&bytes) };
    let tokens = strict(store, Tokened::Forgotten);
    runtime().block_on(async {
        let mut ids = Vec::new();
        for user in 0..LOGINS {
            ids.push(tokens.sign(&Strict { user }).await.expect("a login").login_id());
        }
        let begun = bytes.swap(0, Ordering::Relaxed);
        for id in ids {
            tokens.logins().end(id).await.expect("a store");
        }
        (begun / LOGINS, bytes.load(Ordering::Relaxed) / LOGINS)
    })
}
