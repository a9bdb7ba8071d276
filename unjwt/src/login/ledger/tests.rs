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

const PLAIN: RevocableSpec = RevocableSpec { recheck: 10, serve: None, groups: &[], max_logins: None };
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

/// What a request finds: by what is known, or by asking.
async fn look(ledger: &Ledger, login: Login, groups: &Groups) -> Result<Verdict, ErrorKind> {
    match ledger.recall(&login, groups) {
        Recall::Live => Ok(Verdict::Live),
        Recall::Ended => Ok(Verdict::Ended),
        Recall::Compare | Recall::Unknown => ledger.check(login, groups).await.map_err(|error| error.kind()),
    }
}

#[tokio::test]
async fn within_recheck_no_store_is_asked_and_after_it_once() {
    let fake = Fake::new();
    let ledger = fake.ledger(BY_USER);
    let groups = of(7, Some(1));
    let login = begin(&ledger, &groups).await;
    fake.loads();
    for _ in 0..100 {
        assert_eq!(look(&ledger, login, &groups).await, Ok(Verdict::Live));
    }
    fake.pass(9_999);
    assert_eq!((look(&ledger, login, &groups).await, fake.loads()), (Ok(Verdict::Live), 0));
    fake.pass(1);
    fake.delay.store(20, Ordering::SeqCst);
    let asked: Vec<_> = (0..100)
        .map(|_| {
            let (ledger, groups) = (ledger.clone(), of(7, Some(1)));
            tokio::spawn(async move { look(&ledger, login, &groups).await })
        })
        .collect();
    for asked in asked {
        assert_eq!(asked.await.unwrap(), Ok(Verdict::Live));
    }
    assert_eq!(fake.loads(), 1);
    assert!(ledger.0.checks.lock().unwrap().is_empty());
}

#[tokio::test]
async fn checks_of_many_logins_share_their_loads() {
    const LOGINS: usize = 2_000;
    let fake = Fake::new();
    let ledger = fake.ledger(PLAIN);
    let mut logins = Vec::new();
    for _ in 0..LOGINS {
        logins.push(begin(&ledger, &Groups::default()).await);
    }
    ledger.end(logins[3].id).await.unwrap();
    let there = fake.ledger(PLAIN);
    fake.delay.store(5, Ordering::SeqCst);
    fake.loads();
    let asked: Vec<_> = logins
        .iter()
        .map(|login| {
            let (there, login) = (there.clone(), *login);
            tokio::spawn(async move { look(&there, login, &Groups::default()).await })
        })
        .collect();
    for (at, asked) in asked.into_iter().enumerate() {
        assert_eq!(asked.await.unwrap(), Ok(if at == 3 { Verdict::Ended } else { Verdict::Live }), "{at}");
    }
    // Two keys each, a hundred in a load.
    let loads = fake.loads();
    assert!((LOGINS * 2 / 100..LOGINS / 10).contains(&loads), "{loads}");
}

#[tokio::test]
async fn a_request_that_leaves_does_not_end_the_check_of_the_others() {
    let fake = Fake::new();
    let ledger = fake.ledger(PLAIN);
    let groups = Groups::default();
    let login = begin(&ledger, &groups).await;
    fake.pass(10_000);
    fake.delay.store(20, Ordering::SeqCst);
    fake.loads();
    let first = tokio::spawn({
        let ledger = ledger.clone();
        async move { look(&ledger, login, &Groups::default()).await }
    });
    sleep(Duration::from_millis(5)).await;
    let second = look(&ledger, login, &groups);
    first.abort();
    assert_eq!((second.await, fake.loads()), (Ok(Verdict::Live), 1));
}

#[tokio::test]
async fn an_end_is_seen_here_at_once_and_elsewhere_after_recheck() {
    let fake = Fake::new();
    let (here, there) = (fake.ledger(PLAIN), fake.ledger(PLAIN));
    let groups = Groups::default();
    let login = begin(&here, &groups).await;
    let other = begin(&here, &groups).await;
    // No change is told, so that `recheck` alone counts.
    assert_eq!(look(&there, login, &groups).await, Ok(Verdict::Live));
    here.end(login.id).await.unwrap();
    assert_eq!(look(&here, login, &groups).await, Ok(Verdict::Ended));
    fake.pass(10_000);
    assert_eq!(look(&there, login, &groups).await, Ok(Verdict::Ended));
    assert_eq!(look(&there, other, &groups).await, Ok(Verdict::Live));
    // It is final, however often it is ended.
    here.end(login.id).await.unwrap();
    assert_eq!(look(&there, login, &groups).await, Ok(Verdict::Ended));
}

#[tokio::test]
async fn a_watched_store_tells_an_end_before_that() {
    let fake = Fake { is_watched: true, ..Fake::new() };
    let (here, there) = (fake.ledger(BY_USER), fake.ledger(BY_USER));
    let groups = of(7, None);
    let (one, two) = (begin(&here, &groups).await, begin(&here, &groups).await);
    assert_eq!(look(&there, one, &groups).await, Ok(Verdict::Live));
    assert_eq!(look(&there, two, &groups).await, Ok(Verdict::Live));
    here.end(one.id).await.unwrap();
    here.end_all(key_of(7), None).await.unwrap();
    let both_ended = async {
        while look(&there, one, &groups).await != Ok(Verdict::Ended)
            || look(&there, two, &groups).await != Ok(Verdict::Ended)
        {
            sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), both_ended).await.unwrap();
}

#[tokio::test]
async fn groups_end_together_and_apart() {
    let fake = Fake::new();
    let ledger = fake.ledger(BY_USER);
    let all = [of(7, Some(1)), of(7, Some(2)), of(8, Some(1)), of(9, None)];
    let mut logins = Vec::new();
    for groups in &all {
        logins.push(begin(&ledger, groups).await);
    }
    let lives = async || {
        let mut lives = Vec::new();
        for (login, groups) in logins.iter().zip(&all) {
            lives.push(look(&ledger, *login, groups).await == Ok(Verdict::Live));
        }
        lives
    };
    ledger.end_all(keys::of_group("bare", "tenant", b"1"), None).await.unwrap();
    assert_eq!(lives().await, [false, true, false, true]);
    ledger.end_all(key_of(7), None).await.unwrap();
    assert_eq!(lives().await, [false, false, false, true]);
    let again = begin(&ledger, &all[0]).await;
    assert_eq!(look(&ledger, again, &all[0]).await, Ok(Verdict::Live), "a new login");
    // A token of the same login that names other groups is asked for on its own.
    assert_eq!(look(&ledger, logins[3], &of(7, None)).await, Ok(Verdict::Ended));
    ledger.end_all(ledger.everyone(), None).await.unwrap();
    assert_eq!(lives().await, [false; 4]);
    assert_eq!(look(&ledger, again, &all[0]).await, Ok(Verdict::Ended));
}

#[tokio::test]
async fn the_others_end_and_nobody_who_had_ended_comes_back() {
    let fake = Fake::new();
    let (here, there) = (fake.ledger(BY_USER), fake.ledger(BY_USER));
    let groups = of(7, None);
    let (one, two) = (begin(&here, &groups).await, begin(&here, &groups).await);
    let but = |login: Login| Some(Exception { id: login.id, under: login.epochs.get(1) });
    here.end_all(key_of(7), but(one)).await.unwrap();
    there.end_all(key_of(7), but(two)).await.unwrap();
    for ledger in [&here, &there] {
        fake.pass(10_000);
        assert_eq!(look(ledger, two, &groups).await, Ok(Verdict::Ended), "ended by `one` first");
        assert_eq!(look(ledger, one, &groups).await, Ok(Verdict::Ended), "ended by whoever came last");
    }
}

#[tokio::test]
async fn an_outage_refuses_and_recovers() {
    let fake = Fake::new();
    let ledger = fake.ledger(PLAIN);
    let groups = Groups::default();
    let login = begin(&ledger, &groups).await;
    for fault in [1, 2] {
        fake.fault(fault);
        assert_eq!(look(&ledger, login, &groups).await, Ok(Verdict::Live), "within recheck");
        fake.pass(10_000);
        assert_eq!(look(&ledger, login, &groups).await, Err(ErrorKind::Unavailable));
        assert!(ledger.begin(&groups, "").await.is_err_and(|error| error.kind() == ErrorKind::Unavailable));
        fake.fault(0);
        assert_eq!(look(&ledger, login, &groups).await, Ok(Verdict::Live));
    }
}

#[tokio::test]
async fn an_outage_serves_as_long_as_the_attribute_says() {
    let fake = Fake::new();
    let spec = RevocableSpec { serve: Some(60), ..BY_USER };
    let ledger = fake.ledger(spec);
    let groups = of(7, None);
    let (login, unknown) = (begin(&ledger, &groups).await, begin(&fake.ledger(spec), &groups).await);
    fake.fault(1);
    fake.pass(60_000);
    assert_eq!(look(&ledger, login, &groups).await, Ok(Verdict::Unchecked));
    assert_eq!(look(&ledger, unknown, &groups).await, Err(ErrorKind::Unavailable), "never checked here");
    assert_eq!(
        look(&ledger, login, &of(8, None)).await,
        Err(ErrorKind::Unavailable),
        "not with these groups"
    );
    fake.pass(1);
    assert_eq!(look(&ledger, login, &groups).await, Err(ErrorKind::Unavailable));
}

#[tokio::test]
async fn an_end_during_an_outage_is_told_kept_and_repeated() {
    let fake = Fake::new();
    let spec = RevocableSpec { serve: Some(3600), ..BY_USER };
    let (here, there) = (fake.ledger(spec), fake.ledger(spec));
    let groups = of(7, None);
    let (one, two) = (begin(&here, &groups).await, begin(&here, &of(8, None)).await);
    fake.fault(2);
    let (ended, by) = tokio::join!(here.end(one.id), here.end_all(key_of(8), None));
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(by.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(look(&here, one, &groups).await, Ok(Verdict::Ended));
    assert_eq!(look(&here, two, &of(8, None)).await, Ok(Verdict::Ended));
    fake.fault(0);
    let written = async {
        while !here.0.unwritten.lock().unwrap().is_empty() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), written).await.unwrap();
    assert_eq!(look(&there, one, &groups).await, Ok(Verdict::Ended));
    assert_eq!(look(&there, two, &of(8, None)).await, Ok(Verdict::Ended));
}

#[tokio::test]
async fn what_the_store_forgot_it_is_told_again() {
    let fake = Fake::new();
    let ledger = fake.ledger(BY_USER);
    let groups = of(7, None);
    let (one, two) = (begin(&ledger, &groups).await, begin(&ledger, &of(8, None)).await);
    ledger.end(one.id).await.unwrap();
    ledger.end_all(key_of(8), None).await.unwrap();
    fake.restart_empty();
    fake.pass(10_000);
    // Asked as by a request whose memory is gone, and which is answered by this process nevertheless.
    assert_eq!(ledger.check(one, &groups).await, Ok(Verdict::Ended));
    assert_eq!(ledger.check(two, &of(8, None)).await, Ok(Verdict::Ended));
    let elsewhere = async || {
        let there = fake.ledger(BY_USER);
        (look(&there, one, &groups).await, look(&there, two, &of(8, None)).await)
    };
    let restored = async {
        while elsewhere().await != (Ok(Verdict::Ended), Ok(Verdict::Ended)) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), restored).await.unwrap();
}

#[tokio::test]
async fn a_list_shows_who_lives() {
    let fake = Fake::new();
    let ledger = fake.ledger(BY_USER);
    let groups = of(7, None);
    let mut ids = Vec::new();
    for label in ["one", "two", "three"] {
        ids.push(ledger.begin(&groups, label).await.unwrap().login.id);
        fake.pass(1_000);
    }
    let labels = async || {
        let logins = ledger.list(key_of(7)).await.unwrap();
        logins.iter().map(|login| login.label.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(labels().await, ["three", "two", "one"]);
    ledger.end(ids[1]).await.unwrap();
    assert_eq!(labels().await, ["three", "one"]);
    ledger.end_all(key_of(7), Some(Exception { id: ids[0], under: 0 })).await.unwrap();
    assert_eq!(labels().await, ["one"]);
    assert!(ledger.list(key_of(8)).await.unwrap().is_empty());
    // Renewed, it stays for another lifetime; otherwise it is gone with its tokens.
    fake.pass(6 * 86_400_000);
    ledger.renewed(ids[0], &groups);
    let recorded = async {
        while ledger.list(key_of(7)).await.unwrap()[0].renewed.as_secs() * 1000 < START + 86_400_000 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), recorded).await.unwrap();
    fake.pass(6 * 86_400_000);
    assert_eq!(labels().await, ["one"]);
    fake.pass(2 * 86_400_000);
    assert!(labels().await.is_empty());
}

#[tokio::test]
async fn one_login_too_many_ends_the_oldest_or_is_refused() {
    let fake = Fake::new();
    let limited = |limit| fake.ledger(RevocableSpec { max_logins: Some((2, limit)), ..BY_USER });
    let (ends, refuses) = (limited(LoginLimit::EndOldest), limited(LoginLimit::Refuse));
    let groups = of(7, None);
    let first = begin(&ends, &groups).await;
    begin(&ends, &groups).await;
    let Begun { displaced, .. } = ends.begin(&groups, "").await.unwrap();
    assert_eq!(displaced, [first.id]);
    assert!(refuses.begin(&groups, "").await.is_err_and(|error| error.kind() == ErrorKind::TooManyLogins));
    assert!(refuses.begin(&of(8, None), "").await.is_ok());
    // What has ended does not count.
    let second = refuses.list(key_of(7)).await.unwrap()[1].id;
    refuses.end(second).await.unwrap();
    assert!(refuses.begin(&groups, "").await.is_ok());
}

#[tokio::test]
async fn many_logins_of_one_user_at_once_are_all_listed() {
    let fake = Fake::new();
    let ledger = fake.ledger(BY_USER);
    let begun: Vec<_> = (0..12)
        .map(|_| {
            let ledger = ledger.clone();
            tokio::spawn(async move { ledger.begin(&of(7, None), "").await.is_ok() })
        })
        .collect();
    let mut count = 0;
    for begun in begun {
        count += usize::from(begun.await.unwrap());
    }
    assert_eq!(ledger.list(key_of(7)).await.unwrap().len(), count);
    assert_eq!(count, 12);
}

#[tokio::test]
async fn an_unreadable_record_is_an_outage() {
    let fake = Fake::new();
    let ledger = fake.ledger(BY_USER);
    let groups = of(7, None);
    let login = begin(&ledger, &groups).await;
    let until = UnixTime::from_secs(START / 1000 + 1000);
    fake.swap(&keys::of_login(&login.id), None, b"?", until).await.unwrap();
    fake.pass(10_000);
    assert_eq!(look(&ledger, login, &groups).await, Err(ErrorKind::Unavailable));
    // An end is final whatever else is known.
    ledger.end(login.id).await.unwrap();
    assert_eq!(look(&fake.ledger(BY_USER), login, &groups).await, Ok(Verdict::Ended));
}

#[tokio::test]
async fn a_clock_turned_back_asks_again() {
    let fake = Fake::new();
    let ledger = fake.ledger(PLAIN);
    let groups = Groups::default();
    let login = begin(&ledger, &groups).await;
    fake.loads();
    fake.now.fetch_sub(1, Ordering::SeqCst);
    assert_eq!((look(&ledger, login, &groups).await, fake.loads()), (Ok(Verdict::Live), 1));
}
