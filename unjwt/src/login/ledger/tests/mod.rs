//! The effects, over a store that counts, hangs, fails and forgets.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::sleep;
use unjwt_store::{AnyStore, Changes, Entry, Key, MemoryStore, Outage, Store, UnixTime, Version};

use super::{Begun, Ledger, Verdict};
use crate::clock::Clock;
use crate::error::ErrorKind;
use crate::login::Login;
use crate::login::group::Groups;
use crate::login::keys;
use crate::login::memory::Recall;
use crate::login::revocation::Exception;
use crate::spec::{LoginLimit, RevocableSpec, Spec};

/// The state of a store, shared by its handles.
#[derive(Clone)]
struct Fake {
    store: Arc<std::sync::Mutex<MemoryStore>>,
    now: Arc<AtomicU64>,
    loads: Arc<AtomicUsize>,
    /// 0: answers; 1: fails; 2: hangs.
    fault: Arc<AtomicUsize>,
    delay: Arc<AtomicU64>,
    is_watched: bool,
}

mod checking;
mod ending;
mod listing;
mod rotating;

const START: u64 = 1_700_000_000_000;

impl Fake {
    fn new() -> Self {
        let now = Arc::new(AtomicU64::new(START));
        let fake = Self {
            store: Arc::new(std::sync::Mutex::new(MemoryStore::volatile())),
            now,
            loads: Arc::default(),
            fault: Arc::default(),
            delay: Arc::default(),
            is_watched: false,
        };
        fake.restart_empty();
        fake
    }

    fn clock(&self) -> impl Fn() -> SystemTime + Send + Sync + 'static {
        let now = Arc::clone(&self.now);
        move || UNIX_EPOCH + Duration::from_millis(now.load(Ordering::SeqCst))
    }

    fn restart_empty(&self) {
        *self.store.lock().unwrap() = MemoryStore::with_clock(self.clock());
    }

    fn fault(&self, fault: usize) {
        self.fault.store(fault, Ordering::SeqCst);
    }

    fn pass(&self, millis: u64) {
        self.now.fetch_add(millis, Ordering::SeqCst);
    }

    fn loads(&self) -> usize {
        self.loads.swap(0, Ordering::SeqCst)
    }

    async fn answer(&self) -> Result<MemoryStore, Outage> {
        let delay = self.delay.load(Ordering::SeqCst);
        if delay > 0 {
            sleep(Duration::from_millis(delay)).await;
        }
        match self.fault.load(Ordering::SeqCst) {
            0 => Ok(self.store.lock().unwrap().clone()),
            1 => Err(Outage::new("it is out")),
            _ => std::future::pending().await,
        }
    }

    fn ledger(&self, spec: RevocableSpec) -> Ledger {
        let store = AnyStore::new(self.clone());
        let session = Spec { max_age: Some(7 * 86400), revocable: Some(spec), ..Spec::BARE };
        Ledger::new(store, Duration::from_secs(2), Clock::custom(self.clock()), &session, spec)
    }
}

impl Store for Fake {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>, Outage> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        self.answer().await?.load(keys).await
    }

    async fn swap(
        &self,
        key: &Key,
        was: Option<Version>,
        value: &[u8],
        until: UnixTime,
    ) -> Result<bool, Outage> {
        self.answer().await?.swap(key, was, value, until).await
    }

    fn watch(&self) -> Option<Changes> {
        self.is_watched.then(|| self.store.lock().unwrap().watch())?
    }
}

const PLAIN: RevocableSpec =
    RevocableSpec { recheck: 10, serve: None, groups: &[], max_logins: None, rotation: None };
const BY_USER: RevocableSpec = RevocableSpec { groups: &["user", "tenant"], ..PLAIN };

fn of(user: u64, tenant: Option<u64>) -> Groups {
    let mut groups = Groups::default();
    groups.add(&user);
    groups.add(&tenant);
    groups
}

fn key_of(user: u64) -> Key {
    keys::of_group("bare", "user", user.to_string().as_bytes())
}

async fn begin(ledger: &Ledger, groups: &Groups) -> Login {
    ledger.begin(groups, "").await.unwrap().login
}

/// Returns the verdict that a request finds, by what is known or by asking.
async fn look(ledger: &Ledger, login: &Login, groups: &Groups) -> Result<Verdict, ErrorKind> {
    match ledger.recall(login, groups) {
        Recall::Live => Ok(Verdict::Live),
        Recall::Ended => Ok(Verdict::Ended),
        Recall::Compare | Recall::Unknown => ledger.check(login, groups).await.map_err(|error| error.kind()),
    }
}

/// Waits for what happens in the background.
async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("it never happens");
}
