//! Helpers that the tests of this crate share.
#![allow(dead_code, reason = "not every test needs all of it")]

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use unjwt_store::{Entry, Key, Outage, Store, UnixTime, Version};
use unjwt_store_redis::RedisStore;

/// Much longer than any deadline here: a call that takes it hangs.
pub(crate) const HANGS: Duration = Duration::from_secs(30);

/// The longest time that anything may take to work again.
pub(crate) const RECOVERS: Duration = Duration::from_secs(120);

/// Returns a key by its number.
pub(crate) fn key(number: u32) -> Key {
    let mut bytes = [7; Key::LEN];
    bytes[1..5].copy_from_slice(&number.to_be_bytes());
    Key::from_bytes(bytes)
}

/// Returns the time in an hour.
pub(crate) fn later() -> UnixTime {
    UnixTime::now().plus(Duration::from_secs(3600))
}

/// Swaps; fails if the call hangs.
pub(crate) async fn swap(
    store: &RedisStore,
    key: Key,
    was: Option<Version>,
    value: &[u8],
) -> Result<bool, Outage> {
    timeout(HANGS, store.swap(&key, was, value, later())).await.expect("the swap hangs")
}

/// Loads one record; fails if the call hangs.
pub(crate) async fn load(store: &RedisStore, key: Key) -> Result<Option<Entry>, Outage> {
    let loaded = timeout(HANGS, store.load(&[key])).await.expect("the load hangs");
    loaded.map(|mut entries| {
        assert_eq!(entries.len(), 1);
        entries.remove(0)
    })
}

/// Loads one record that is there.
pub(crate) async fn present(store: &RedisStore, key: Key) -> Entry {
    load(store, key).await.unwrap().expect("the record is there")
}

/// Writes a record that is not there.
pub(crate) async fn create(store: &RedisStore, key: Key, value: &[u8]) -> Entry {
    assert!(swap(store, key, None, value).await.unwrap());
    let entry = present(store, key).await;
    assert_eq!(entry.value, value);
    entry
}

/// Loads until it works.
pub(crate) async fn recovered(store: &RedisStore, key: Key) -> Option<Entry> {
    let end = Instant::now() + RECOVERS;
    loop {
        match load(store, key).await {
            Ok(entry) => return entry,
            Err(outage) => assert!(Instant::now() < end, "it does not recover: {outage}"),
        }
        sleep(Duration::from_millis(50)).await;
    }
}
