//! Tokens that proved genuine or were made here, so that a browser which presents one again costs a hash instead of a signature.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use crate::clock::NumericDate;
use crate::crypto::sha256;
use crate::error::Error;
use crate::token::Identity;
use crate::util::lru::{LruCache, Weight};

/// Requests of many threads rarely meet in one of these.
const SHARDS: usize = 16;
/// What an entry takes beside its payload, at most: its place in a map that has just grown, and two allocations.
const ENTRY_OVERHEAD: usize = 288;

/// A verified or decrypted payload, wiped when the last who holds it lets go.
#[derive(Clone)]
pub(crate) struct Payload(Arc<Zeroizing<Vec<u8>>>);

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Zeroizing::new(bytes)))
    }
}

impl Deref for Payload {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// A token under one key: the SHA-256 of the whole token, and what tells the key. No key is kept, so what is remembered
/// takes what the limit counts, however many keys a look-up makes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Fingerprint {
    digest: [u8; 32],
    key: Identity,
}

/// The payloads of genuine tokens, as many as the limit allows.
///
/// Only what is the same at every reading is left out: the token's form, its signature or decryption. The claims are
/// checked anew each time, by the clock of that moment, and so is everything that a hook decides.
pub(crate) struct TokenCache {
    /// None where remembering is turned off.
    shards: Option<[Mutex<LruCache<Fingerprint, CacheEntry>>; SHARDS]>,
    /// Slow openings under way.
    openings: Mutex<HashMap<Fingerprint, Waiters>>,
}

struct CacheEntry {
    payload: Payload,
    expires_at: Option<NumericDate>,
}

impl Weight for CacheEntry {
    fn weight(&self) -> usize {
        self.payload.0.capacity() + ENTRY_OVERHEAD
    }
}

/// One opening that several requests wait for.
type SharedOpening = OnceCell<Result<Payload, Error>>;

/// A opening on the list, and how many wait for it.
#[derive(Default)]
struct Waiters {
    opening: Arc<SharedOpening>,
    waiting: usize,
}

impl TokenCache {
    /// Remembers up to so many bytes; 0 turns remembering off.
    pub(crate) fn new(limit: usize) -> Self {
        let shard = |_| Mutex::new(LruCache::new(limit / SHARDS));
        let shards = (limit > 0).then(|| std::array::from_fn(shard));
        Self { shards, openings: Mutex::default() }
    }

    /// Whether tokens are remembered at all.
    pub(crate) fn remembers(&self) -> bool {
        self.shards.is_some()
    }

    /// The token's slot, where tokens are remembered.
    pub(crate) fn slot(&self, token: &str, key: &Identity) -> Option<CacheSlot<'_>> {
        let shards = self.shards.as_ref()?;
        let fingerprint = Fingerprint::new(token, key);
        let [first, ..] = fingerprint.digest;
        Some(CacheSlot { shard: shards.get(usize::from(first) % SHARDS)?, fingerprint })
    }

    /// Runs a slow opening, or waits for the one of this very token that is under way: a page that sends ten requests at
    /// once costs one derivation.
    ///
    /// # Errors
    ///
    /// What is not the token's fault, to the request that ran into it.
    pub(crate) async fn open_once(
        &self,
        token: &str,
        key: &Identity,
        open: impl Future<Output = Result<Result<Payload, Error>, Error>>,
    ) -> Result<Result<Payload, Error>, Error> {
        let fingerprint = Fingerprint::new(token, key);
        let opening = {
            let mut openings = self.openings.lock().unwrap_or_else(PoisonError::into_inner);
            let waiters = openings.entry(fingerprint).or_default();
            waiters.waiting += 1;
            Arc::clone(&waiters.opening)
        };
        let _guard = WaiterGuard { tokens: self, fingerprint };
        opening.get_or_try_init(|| open).await.cloned()
    }
}

/// Takes the opening off the list when the last who waits for it leaves, answered or not. Counted under the list's lock:
/// a count that drops outside of it (the `Arc`'s) lets two who leave at once each see the other.
struct WaiterGuard<'a> {
    tokens: &'a TokenCache,
    fingerprint: Fingerprint,
}

impl Drop for WaiterGuard<'_> {
    fn drop(&mut self) {
        let mut openings = self.tokens.openings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut waiters) = openings.entry(self.fingerprint) {
            waiters.get_mut().waiting -= 1;
            if waiters.get().waiting == 0 {
                waiters.remove();
            }
        }
    }
}

impl Fingerprint {
    fn new(token: &str, key: &Identity) -> Self {
        Self { digest: sha256(token.as_bytes()), key: *key }
    }
}

/// Where one token under one key would be remembered.
pub(crate) struct CacheSlot<'a> {
    shard: &'a Mutex<LruCache<Fingerprint, CacheEntry>>,
    fingerprint: Fingerprint,
}

impl CacheSlot<'_> {
    /// The payload, unless the token is unknown or its end has come.
    pub(crate) fn get(&self, now: NumericDate) -> Option<Payload> {
        let mut shard = self.shard.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = shard.get(&self.fingerprint)?;
        if entry.expires_at.is_some_and(|at| at <= now) {
            shard.remove(&self.fingerprint);
            return None;
        }
        Some(entry.payload.clone())
    }

    /// Remembers the payload of a token that is genuine and has not expired.
    pub(crate) fn put(&self, payload: Payload, expires_at: Option<NumericDate>) {
        let entry = CacheEntry { payload, expires_at };
        self.shard.lock().unwrap_or_else(PoisonError::into_inner).insert(self.fingerprint, entry);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Waker};

    use super::*;
    use crate::error::ErrorKind;

    const NOW: NumericDate = NumericDate::from_secs(1_700_000_000);

    fn key() -> Identity {
        Identity::new(|description| description.text("one"))
    }

    #[test]
    fn remembers_a_token_under_its_key_until_its_end() {
        let tokens = TokenCache::new(1 << 20);
        let [key, other] = ["one", "other"].map(|name| Identity::new(|description| description.text(name)));
        let slot = tokens.slot("token", &key).unwrap();
        assert!(slot.get(NOW).is_none());
        slot.put(b"payload".to_vec().into(), Some(NOW.plus(10)));
        assert_eq!(&*slot.get(NOW.plus(9)).unwrap(), b"payload");
        assert!(tokens.slot("token2", &key).unwrap().get(NOW).is_none());
        assert!(tokens.slot("token", &other).unwrap().get(NOW).is_none());
        assert!(slot.get(NOW.plus(10)).is_none());
        assert!(slot.get(NOW).is_none(), "forgotten at its end");
        assert!(TokenCache::new(0).slot("token", &key).is_none());
    }

    #[test]
    fn its_memory_is_limited() {
        const LIMIT: usize = 1 << 20;
        let tokens = TokenCache::new(LIMIT);
        let key = key();
        let payloads = (0..5_000).map(|number| {
            let payload = Payload::from(vec![0; 1000]);
            let kept = Arc::downgrade(&payload.0);
            tokens.slot(&format!("token {number}"), &key).unwrap().put(payload, None);
            kept
        });
        let payloads: Vec<_> = payloads.collect();
        let kept = payloads.iter().filter(|payload| payload.strong_count() > 0).count();
        assert!(kept * (1000 + ENTRY_OVERHEAD) <= LIMIT, "{kept}");
        assert!(kept > LIMIT / 4000, "{kept}");
    }

    #[tokio::test]
    async fn one_opening_serves_all_who_wait() {
        let tokens = TokenCache::new(0);
        let (key, runs) = (key(), AtomicUsize::new(0));
        let open = || {
            tokens.open_once("token", &key, async {
                runs.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Ok(Ok(b"payload".to_vec().into()))
            })
        };
        let (one, two, three) = tokio::join!(open(), open(), open());
        for result in [one, two, three] {
            assert_eq!(&*result.unwrap().unwrap(), b"payload");
        }
        assert_eq!(runs.load(Ordering::SeqCst), 1);
        assert!(tokens.openings.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_request_that_leaves_hands_the_opening_over() {
        let tokens = TokenCache::new(0);
        let key = key();
        let never = std::future::pending();
        let mut first = Box::pin(tokens.open_once("token", &key, never));
        tokio::select! {
            biased;
            _ = &mut first => unreachable!(),
            () = tokio::task::yield_now() => {}
        }
        let second = tokens.open_once("token", &key, async { Ok(Ok(b"payload".to_vec().into())) });
        let ((), second) = tokio::join!(async { drop(first) }, second);
        assert!(second.unwrap().is_ok());
        assert!(tokens.openings.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn an_overload_is_told_to_its_own_request() {
        const FULL: Error = Error::new(ErrorKind::Overloaded, "");
        let tokens = TokenCache::new(0);
        let key = key();
        let full = tokens.open_once("token", &key, async { Err(FULL) });
        let fine = tokens.open_once("token", &key, async { Ok(Ok(b"payload".to_vec().into())) });
        let (full, fine) = tokio::join!(full, fine);
        assert_eq!(full.err().unwrap().kind(), ErrorKind::Overloaded);
        assert!(fine.unwrap().is_ok());
    }

    /// Two that leave at once must not each leave the opening to the other.
    #[test]
    fn no_opening_is_left_behind_however_many_leave_at_once() {
        const THREADS: usize = 4;
        const OPENINGS: usize = 400_000;
        let tokens = TokenCache::new(0);
        let key = key();
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    loop {
                        let nth = next.fetch_add(1, Ordering::Relaxed);
                        if nth >= OPENINGS {
                            break;
                        }
                        // Some are answered; others leave after the first poll.
                        let open = async {
                            if nth.is_multiple_of(3) {
                                std::future::pending::<()>().await;
                            }
                            Ok(Ok(b"payload".to_vec().into()))
                        };
                        // Each token comes to two threads at about the same time.
                        let token = (nth / 2).to_string();
                        let opening = std::pin::pin!(tokens.open_once(&token, &key, open));
                        let _ = opening.poll(&mut Context::from_waker(Waker::noop()));
                    }
                });
            }
        });
        assert_eq!(tokens.openings.lock().unwrap().len(), 0, "of {OPENINGS}");
    }
}
