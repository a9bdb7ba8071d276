//! A store of logins that can be stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use unjwt_store::{Entry, Key, MemoryStore, Outage, Store, UnixTime, Version};

use super::TestClock;

const RUNS: u8 = 0;
const READS: u8 = 1;
const STOPPED: u8 = 2;
const SILENT: u8 = 3;

/// A store of logins in memory that can be stopped. Clones are the same store; [`elsewhere`](Self::elsewhere) is the way of
/// another machine to it.
#[derive(Clone)]
pub struct TestStore {
    records: MemoryStore,
    mode: Arc<AtomicU8>,
}

impl TestStore {
    /// Creates an empty store with the clock of the system.
    pub fn new() -> Self {
        Self::of(MemoryStore::volatile())
    }

    /// Creates an empty store with this clock, which is that of the sessions.
    pub fn with_clock(clock: &TestClock) -> Self {
        Self::of(MemoryStore::with_clock(clock.source()))
    }

    fn of(records: MemoryStore) -> Self {
        Self { records, mode: Arc::default() }
    }

    /// Returns the same store as another machine reaches it: what stops one way does not stop the other. Like a network, it
    /// tells no machine of another one's changes, so that they are seen after `recheck`.
    pub fn elsewhere(&self) -> Self {
        Self::of(self.records.clone())
    }

    /// Stops the store: it neither reads nor writes.
    pub fn stop(&self) {
        self.mode.store(STOPPED, Ordering::SeqCst);
    }

    /// Stops writes alone, as a store without memory or disk does.
    pub fn stop_writes(&self) {
        self.mode.store(READS, Ordering::SeqCst);
    }

    /// Stops answers to writes: they are made, and the service does not learn it.
    pub fn stop_answers(&self) {
        self.mode.store(SILENT, Ordering::SeqCst);
    }

    /// Lets the store run again, with what was written before.
    pub fn start(&self) {
        self.mode.store(RUNS, Ordering::SeqCst);
    }

    /// Returns the number of records.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Returns whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    fn mode(&self) -> u8 {
        self.mode.load(Ordering::SeqCst)
    }
}

impl Default for TestStore {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for TestStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestStore").field("records", &self.len()).finish_non_exhaustive()
    }
}

fn stopped<T>() -> Result<T, Outage> {
    Err(Outage::new("the test has stopped the store"))
}

impl Store for TestStore {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>, Outage> {
        if self.mode() == STOPPED { stopped() } else { self.records.load(keys).await }
    }

    async fn swap(
        &self,
        key: &Key,
        was: Option<Version>,
        value: &[u8],
        until: UnixTime,
    ) -> Result<bool, Outage> {
        match self.mode() {
            RUNS => self.records.swap(key, was, value, until).await,
            SILENT => {
                self.records.swap(key, was, value, until).await?;
                stopped()
            }
            _ => stopped(),
        }
    }
}
