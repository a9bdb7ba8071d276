//! A store of logins with faults. It tells of no changes, so that `recheck` alone decides.

use std::sync::{Arc, Mutex};

use unjwt_store::{Entry, Key, MemoryStore, Outage, Store, UnixTime, Version};

use super::TestClock;

/// The fault of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    Out,
    NotWriting,
    /// It writes, and does not confirm it.
    NotAnswering,
}

#[derive(Clone)]
pub struct FaultyStore {
    records: MemoryStore,
    fault: Arc<Mutex<Fault>>,
}

impl FaultyStore {
    pub fn new(clock: &TestClock) -> Self {
        Self { records: MemoryStore::with_clock(clock.read()), fault: Arc::new(Mutex::new(Fault::None)) }
    }

    /// Returns the same records as another machine reaches them, with faults of its own.
    pub fn elsewhere(&self) -> Self {
        Self { records: self.records.clone(), fault: Arc::new(Mutex::new(Fault::None)) }
    }

    pub fn set(&self, fault: Fault) {
        *self.fault.lock().unwrap() = fault;
    }

    pub fn fault(&self) -> Fault {
        *self.fault.lock().unwrap()
    }
}

fn out<T>() -> Result<T, Outage> {
    Err(Outage::new("the test says so"))
}

impl Store for FaultyStore {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>, Outage> {
        tokio::task::yield_now().await;
        match self.fault() {
            Fault::Out => out(),
            Fault::None | Fault::NotWriting | Fault::NotAnswering => self.records.load(keys).await,
        }
    }

    async fn swap(
        &self,
        key: &Key,
        was: Option<Version>,
        value: &[u8],
        until: UnixTime,
    ) -> Result<bool, Outage> {
        tokio::task::yield_now().await;
        match self.fault() {
            Fault::Out | Fault::NotWriting => out(),
            Fault::None => self.records.swap(key, was, value, until).await,
            Fault::NotAnswering => {
                self.records.swap(key, was, value, until).await?;
                out()
            }
        }
    }
}
