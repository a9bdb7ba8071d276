//! A store in this process's memory.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::{ChangeSender, Changes, Entry, Key, MAX_VALUE, Outage, Store, UnixTime, Version};

/// A store that forgets everything when the process ends, for tests and for trying out.
///
/// # Security
///
/// After a restart, a login that was ended is usable again until its token expires, and no other process sees what
/// ended here. Never use it for a service.
///
/// # Memory
///
/// Expired records are dropped each time the number of records has doubled since the last time, so there are at most
/// as many expired ones as others, or about a thousand. Nothing bounds the number of records that have not expired.
#[derive(Clone)]
pub struct MemoryStore(Arc<Inner>);

struct Inner {
    now: Box<dyn Fn() -> SystemTime + Send + Sync>,
    records: Mutex<Records>,
    watchers: Mutex<Vec<ChangeSender>>,
}

#[derive(Default)]
struct Records {
    by_key: HashMap<Key, Record>,
    /// The version of the last swap, of any record.
    version: u64,
    /// The number of records at which expired ones are dropped next.
    sweep_at: usize,
}

struct Record {
    entry: Entry,
    until: UnixTime,
}

/// The smallest number of records at which expired ones are dropped.
const LEAST_SWEEP: usize = 1024;

/// The number of changes that a watcher may be behind.
const BEHIND: usize = 1024;

impl MemoryStore {
    /// Creates an empty store. Its clones are one store; every other call creates another.
    pub fn volatile() -> Self {
        Self::with_clock(SystemTime::now)
    }

    /// Creates an empty store whose records expire by this clock, for tests that turn it. Give the sessions the same
    /// one.
    pub fn with_clock(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner { now: Box::new(now), records: Mutex::default(), watchers: Mutex::default() }))
    }

    /// Returns the number of records in memory, of which some may have expired.
    pub fn len(&self) -> usize {
        self.records().by_key.len()
    }

    /// Returns whether there is no record in memory.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.0.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watchers(&self) -> MutexGuard<'_, Vec<ChangeSender>> {
        self.0.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> UnixTime {
        (self.0.now)().into()
    }
}

impl Store for MemoryStore {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>, Outage> {
        let now = self.now();
        let records = self.records();
        Ok(keys.iter().map(|key| records.present(key, now).map(|record| record.entry.clone())).collect())
    }

    async fn swap(
        &self,
        key: &Key,
        was: Option<Version>,
        value: &[u8],
        until: UnixTime,
    ) -> Result<bool, Outage> {
        if value.len() > MAX_VALUE {
            return Err(Outage::new(format!(
                "the value has {} bytes, and a store need not keep more than {MAX_VALUE}",
                value.len()
            )));
        }
        let now = self.now();
        let written = self.records().swap(key, was, value, until, now);
        if written {
            // Outside of the lock of the records, since it runs the wakers of others.
            self.watchers().retain(|watcher| watcher.send(*key));
        }
        Ok(written)
    }

    fn watch(&self) -> Option<Changes> {
        let (sender, changes) = Changes::channel(BEHIND);
        let mut watchers = self.watchers();
        watchers.retain(|watcher| !watcher.is_closed());
        watchers.push(sender);
        Some(changes)
    }
}

impl Records {
    fn present(&self, key: &Key, now: UnixTime) -> Option<&Record> {
        self.by_key.get(key).filter(|record| record.until > now)
    }

    fn swap(
        &mut self,
        key: &Key,
        was: Option<Version>,
        value: &[u8],
        until: UnixTime,
        now: UnixTime,
    ) -> bool {
        if self.present(key, now).map(|record| record.entry.version) != was {
            return false;
        }
        // One counter for all keys, so that a record which is written anew has no earlier version.
        self.version += 1;
        let entry = Entry { value: value.to_vec(), version: Version::new(self.version) };
        self.by_key.insert(*key, Record { entry, until });
        self.sweep(now);
        true
    }

    /// Drops expired records each time the number of records has doubled.
    fn sweep(&mut self, now: UnixTime) {
        if self.by_key.len() < self.sweep_at.max(LEAST_SWEEP) {
            return;
        }
        self.by_key.retain(|_, record| record.until > now);
        self.sweep_at = 2 * self.by_key.len();
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryStore({} records)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    fn key(n: u32) -> Key {
        let mut bytes = [0; Key::LEN];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        Key::from_bytes(bytes)
    }

    /// A store whose clock shows this number of seconds.
    fn at(time: &Arc<AtomicU64>) -> MemoryStore {
        let time = Arc::clone(time);
        MemoryStore::with_clock(move || UnixTime::from_secs(time.load(Ordering::Relaxed)).into())
    }

    #[tokio::test]
    async fn a_record_expires_by_the_clock_that_was_given() {
        let time = Arc::new(AtomicU64::new(100));
        let store = at(&time);
        assert!(store.swap(&key(1), None, b"a", UnixTime::from_secs(110)).await.unwrap());
        time.store(109, Ordering::Relaxed);
        assert!(store.load(&[key(1)]).await.unwrap()[0].is_some());
        time.store(110, Ordering::Relaxed);
        assert!(store.load(&[key(1)]).await.unwrap()[0].is_none());
    }

    #[tokio::test]
    async fn expired_records_do_not_accumulate() {
        let time = Arc::new(AtomicU64::new(0));
        let store = at(&time);
        for n in 0..10_000 {
            time.store(n, Ordering::Relaxed);
            let until = UnixTime::from_secs(n + 1);
            assert!(store.swap(&key(n as u32), None, b"a", until).await.unwrap());
            assert!(store.len() <= LEAST_SWEEP, "{} records, of which one is current", store.len());
        }
    }

    #[tokio::test]
    async fn records_that_are_current_are_kept() {
        let store = MemoryStore::volatile();
        for n in 0..5_000 {
            assert!(store.swap(&key(n), None, b"a", UnixTime::MAX).await.unwrap());
        }
        assert_eq!(store.len(), 5_000);
    }

    #[tokio::test]
    async fn watchers_hear_of_what_was_written_and_are_forgotten_once_dropped() {
        let store = MemoryStore::volatile();
        (0..100).for_each(|_| drop(store.watch()));
        let mut changes = store.watch().unwrap();
        assert_eq!(store.watchers().len(), 1);
        assert!(store.clone().swap(&key(7), None, b"a", UnixTime::MAX).await.unwrap());
        assert!(!store.swap(&key(7), None, b"b", UnixTime::MAX).await.unwrap());
        assert!(store.swap(&key(8), None, b"a", UnixTime::MAX).await.unwrap());
        assert_eq!((changes.next().await, changes.next().await), (Some(key(7)), Some(key(8))));
        drop(store);
        assert_eq!(changes.next().await, None);
    }

    #[tokio::test]
    async fn a_value_that_is_too_long_is_refused() {
        let store = MemoryStore::volatile();
        let outage = store.swap(&key(1), None, &[0; MAX_VALUE + 1], UnixTime::MAX).await.unwrap_err();
        assert!(outage.to_string().contains("4097 bytes"), "{outage}");
        assert!(store.is_empty());
    }
}
