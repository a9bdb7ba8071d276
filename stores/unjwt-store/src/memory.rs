//! A store in this process's memory.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::{ChangeSender, Changes, Entry, Key, Outage, Store, UnixTime, Version};

/// A store that forgets everything when the process ends, for tests and for trying out.
///
/// # Security
///
/// After a restart, a login that was ended is usable again until its token expires, and no other process sees what
/// ended here. Never use it for a service.
#[derive(Clone)]
pub struct MemoryStore(Arc<Inner>);

struct Inner {
    now: Box<dyn Fn() -> SystemTime + Send + Sync>,
    records: Mutex<Records>,
}

#[derive(Default)]
struct Records {
    by_key: HashMap<Key, Record>,
    /// The version of the last swap, of any record.
    version: u64,
    /// The number of records at which expired ones are dropped next.
    sweep_at: usize,
    watchers: Vec<ChangeSender>,
}

struct Record {
    entry: Entry,
    until: UnixTime,
}

/// The smallest number of records at which expired ones are dropped.
const LEAST_SWEEP: usize = 1024;

impl MemoryStore {
    /// Creates an empty store. Its clones are one store; every other call creates another.
    pub fn volatile() -> Self {
        Self::with_clock(SystemTime::now)
    }

    /// Creates an empty store whose records expire by this clock, for tests that turn it. Give the sessions the same
    /// one.
    pub fn with_clock(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner { now: Box::new(now), records: Mutex::default() }))
    }

    /// Returns the number of records, of which some may have expired.
    pub fn len(&self) -> usize {
        self.records().by_key.len()
    }

    /// Returns whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.0.records.lock().unwrap_or_else(PoisonError::into_inner)
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
        let now = self.now();
        let mut records = self.records();
        if records.present(key, now).map(|record| record.entry.version) != was {
            return Ok(false);
        }
        records.version += 1;
        let entry = Entry { value: value.to_vec(), version: Version::new(records.version) };
        records.by_key.insert(*key, Record { entry, until });
        records.sweep(now);
        records.watchers.retain(|watcher| watcher.send(*key));
        Ok(true)
    }

    fn watch(&self) -> Option<Changes> {
        let (sender, changes) = Changes::channel(1024);
        self.records().watchers.push(sender);
        Some(changes)
    }
}

impl Records {
    fn present(&self, key: &Key, now: UnixTime) -> Option<&Record> {
        self.by_key.get(key).filter(|record| record.until > now)
    }

    /// Drops expired records each time their number has doubled.
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
