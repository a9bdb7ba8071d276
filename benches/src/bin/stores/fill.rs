//! Fills a store with logins, as the library does.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::task::JoinSet;
use unjwt::{LoginId, Tokens};
use unjwt_benches::place::Place;
use unjwt_benches::stored::Strict;

/// The logins that are written at the same time.
const AT_ONCE: usize = 64;

/// The logins of a user with many: as many as a list has.
pub(crate) const MANY: u64 = 64;

/// The logins of a store, and their bytes.
pub(crate) struct Filled {
    pub(crate) one: Bytes,
    pub(crate) many: Bytes,
    pub(crate) ended: Bytes,
    /// The users with one login: those below.
    pub(crate) users_with_one: u64,
    /// The users with many, after those.
    pub(crate) users_with_many: u64,
    /// Logins of users with one that live.
    pub(crate) living: Vec<LoginId>,
}

/// Bytes per login, where the store says how many it has.
#[derive(Clone, Copy)]
pub(crate) struct Bytes(Option<f64>);

impl Bytes {
    fn between(before: Option<u64>, after: Option<u64>, logins: u64) -> Self {
        let grown = before.zip(after).map(|(before, after)| after.saturating_sub(before));
        Self(grown.map(|bytes| bytes as f64 / logins.max(1) as f64))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(bytes) => write!(f, "{bytes:.0}"),
            None => Ok(()),
        }
    }
}

pub(crate) async fn fill(place: &mut Place, tokens: &Tokens<Strict>, logins: u64) -> Filled {
    let users_with_one = (logins / 2).max(1);
    let users_with_many = (logins / 2 / MANY).max(1);
    let empty = place.bare.bytes().await;
    let mut living = sign_in(place.name, tokens, 0..users_with_one, 1).await;
    let with_one = place.bare.bytes().await;
    let many = users_with_one..users_with_one + users_with_many;
    sign_in(place.name, tokens, many, MANY).await;
    let with_many = place.bare.bytes().await;
    let ends = living.split_off(living.len() - living.len() / 5);
    let ended = ends.len() as u64;
    end(place.name, tokens, ends).await;
    let with_ended = place.bare.bytes().await;
    Filled {
        one: Bytes::between(empty, with_one, users_with_one),
        many: Bytes::between(with_one, with_many, users_with_many * MANY),
        ended: Bytes::between(with_many, with_ended, ended),
        users_with_one,
        users_with_many,
        living,
    }
}

/// Signs each of these users in so many times.
async fn sign_in(
    place: &str,
    tokens: &Tokens<Strict>,
    users: std::ops::Range<u64>,
    times: u64,
) -> Vec<LoginId> {
    let start = Instant::now();
    let (next, ids) = (Arc::new(AtomicU64::new(users.start)), Arc::new(Mutex::new(Vec::new())));
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (tokens, next, ids, end) = (tokens.clone(), Arc::clone(&next), Arc::clone(&ids), users.end);
        workers.spawn(async move {
            loop {
                let user = next.fetch_add(1, Ordering::Relaxed);
                if user >= end {
                    return;
                }
                for _ in 0..times {
                    let login = tokens.sign(&Strict { user }).await.expect("a login");
                    ids.lock().expect("a lock").push(login.login_id());
                }
            }
        });
    }
    workers.join_all().await;
    let ids = std::mem::take(&mut *ids.lock().expect("a lock"));
    eprintln!("{place}: {} logins begun in {:.0} s", ids.len(), start.elapsed().as_secs_f64());
    ids
}

async fn end(place: &str, tokens: &Tokens<Strict>, ids: Vec<LoginId>) {
    let start = Instant::now();
    let count = ids.len();
    let ids = Arc::new(Mutex::new(ids));
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (tokens, ids) = (tokens.clone(), Arc::clone(&ids));
        workers.spawn(async move {
            loop {
                let Some(id) = ids.lock().expect("a lock").pop() else { return };
                tokens.logins().end(id).await.expect("a store that works");
            }
        });
    }
    workers.join_all().await;
    eprintln!("{place}: {count} logins ended in {:.0} s", start.elapsed().as_secs_f64());
}
