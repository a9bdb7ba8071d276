//! The store under test, and what the rules do with it.

use std::collections::hash_map::RandomState;
use std::future::Future;
use std::hash::BuildHasher;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::quotes::{ABSENT, COMPARES, EACH_KEY, EXPIRES};
use super::race::race;
use super::timer::{sleep, within};
use crate::{Entry, Key, Outage, Store, UnixTime, Version};

/// A task for the test's runtime.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A rule that takes longer is taken for a store that does not answer.
const PATIENCE: Duration = Duration::from_secs(120);

/// The time for which a record may outlive its end because the clock of a server differs.
const SKEW: Duration = Duration::from_secs(5);

/// The store under test.
pub struct Suite<S> {
    pub(super) store: Arc<S>,
    pub(super) another: Arc<S>,
    spawn: fn(Task),
}

impl<S: Store> Suite<S> {
    /// Takes the store, and what spawns a task on the runtime of the test.
    pub fn new(store: S, spawn: fn(Task)) -> Self {
        let store = Arc::new(store);
        Self { another: Arc::clone(&store), store, spawn }
    }

    /// As [`new`](Self::new), with a second handle of the same store.
    pub fn with_another(store: S, another: S, spawn: fn(Task)) -> Self {
        Self { store: Arc::new(store), another: Arc::new(another), spawn }
    }

    /// Runs several futures at the same time. Each gets its number and one of the two handles.
    pub(super) async fn race<T, F>(&self, runners: usize, run: impl Fn(usize, Arc<S>) -> F) -> Vec<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Outage>> + Send + 'static,
    {
        let handle =
            |number: usize| Arc::clone(if number.is_multiple_of(2) { &self.store } else { &self.another });
        let runners = (0..runners).map(|number| run(number, handle(number))).collect();
        race(self.spawn, runners).await.into_iter().map(certain).collect()
    }

    /// Loads one record.
    pub(super) async fn load(&self, key: &Key) -> Option<Entry> {
        load(&*self.store, key).await
    }

    /// Loads a record that must be there.
    pub(super) async fn present(&self, key: &Key) -> Entry {
        present(&*self.store, key).await
    }

    /// Loads several records.
    pub(super) async fn load_all(&self, keys: &[Key]) -> Vec<Option<Entry>> {
        let entries = certain(self.store.load(keys).await);
        if entries.len() != keys.len() {
            broken(EACH_KEY, format!("{} keys led to {} elements", keys.len(), entries.len()));
        }
        entries
    }

    pub(super) async fn swap(&self, key: &Key, was: Option<Version>, value: &[u8], until: UnixTime) -> bool {
        certain(self.store.swap(key, was, value, until).await)
    }

    /// Creates a record of an absent key.
    pub(super) async fn create(&self, key: &Key, value: &[u8], until: UnixTime) {
        if !self.swap(key, None, value, until).await {
            broken(
                COMPARES,
                "a swap with `was: None` returned `false` although the record is absent or expired",
            );
        }
    }

    /// Replaces a record that has this version.
    pub(super) async fn replace(&self, key: &Key, was: Version, value: &[u8], until: UnixTime) {
        if !self.swap(key, Some(was), value, until).await {
            broken(COMPARES, "a swap with the present version returned `false`, and nobody else wrote");
        }
    }

    /// Creates a record that ends soon, and returns it with its end.
    pub(super) async fn create_briefly(&self, key: &Key, value: &[u8]) -> (Entry, UnixTime) {
        // A machine that is busy may need more than two seconds from the swap to the load.
        for secs in [2, 8, 32] {
            let until = in_secs(secs);
            self.create(key, value, until).await;
            if let Some(entry) = self.load(key).await {
                return (entry, until);
            }
            if UnixTime::now() < until {
                broken(EXPIRES, "a record was gone before its end (or the clock of the server is ahead)");
            }
            self.gone(key, until, ABSENT).await;
        }
        panic!("this machine, or the server, is too slow for the tests: a swap and a load took 32 seconds");
    }

    /// Waits for the end of a record, which must be absent then by this rule.
    pub(super) async fn gone(&self, key: &Key, until: UnixTime, rule: &str) {
        wait_for(until).await;
        let mut late = Duration::ZERO;
        while self.load(key).await.is_some() {
            if late >= SKEW {
                broken(rule, format!("a record was loaded {} seconds after its end", SKEW.as_secs()));
            }
            sleep(Duration::from_millis(100)).await;
            late += Duration::from_millis(100);
        }
    }
}

impl Suite<()> {
    /// Runs one rule.
    pub async fn run(rule: impl Future<Output = ()>) {
        if within(PATIENCE, rule).await.is_none() {
            panic!("the store did not answer within {} seconds", PATIENCE.as_secs());
        }
    }
}

/// An argument of [`conformance!`](crate::conformance!): a store, or none.
pub trait Opened {
    /// The store.
    type Store: Store;

    /// Returns the store, unless there is none.
    fn opened(self) -> Option<Self::Store>;
}

impl<S: Store> Opened for S {
    type Store = S;

    fn opened(self) -> Option<S> {
        Some(self)
    }
}

impl<S: Store> Opened for Option<S> {
    type Store = S;

    fn opened(self) -> Option<S> {
        self
    }
}

/// Fails the test.
pub(super) fn broken(rule: &str, how: impl AsRef<str>) -> ! {
    panic!("the store breaks a rule of `Store`\n  rule: \"{rule}\"\n  seen: {}", how.as_ref());
}

/// The answer of a store that should be up.
pub(super) fn certain<T>(answer: Result<T, Outage>) -> T {
    answer.unwrap_or_else(|outage| panic!("the store is out: {outage}"))
}

pub(super) async fn load<S: Store>(store: &S, key: &Key) -> Option<Entry> {
    let mut entries = certain(store.load(std::slice::from_ref(key)).await);
    if entries.len() != 1 {
        broken(EACH_KEY, format!("one key led to {} elements", entries.len()));
    }
    entries.pop().flatten()
}

pub(super) async fn present<S: Store>(store: &S, key: &Key) -> Entry {
    let Some(entry) = load(store, key).await else {
        broken(EXPIRES, "a record is absent that was written and has not expired");
    };
    entry
}

/// Waits for a time by this machine's clock.
pub(super) async fn wait_for(time: UnixTime) {
    while let Ok(left) = SystemTime::from(time).duration_since(SystemTime::now()) {
        sleep(left + Duration::from_millis(1)).await;
    }
}

pub(super) fn in_secs(secs: u64) -> UnixTime {
    UnixTime::now().plus(Duration::from_secs(secs))
}

/// A time that lies beyond the test.
pub(super) fn later() -> UnixTime {
    in_secs(3600)
}

/// A key that nobody else has.
pub(super) fn random_key() -> Key {
    let random = RandomState::new();
    let mut bytes = [0xfe; Key::LEN];
    for (part, chunk) in bytes.chunks_exact_mut(8).enumerate() {
        chunk.copy_from_slice(&random.hash_one(part).to_be_bytes());
    }
    Key::from_bytes(bytes)
}
