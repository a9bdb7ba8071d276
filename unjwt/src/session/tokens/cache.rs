//! A cache of tokens that proved genuine or were made here, so that a token which is presented again costs a
//! hash instead of a signature verification or a decryption.

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

/// The number of shards, large enough that threads rarely contend for one.
const SHARDS: usize = 16;
/// The maximum memory of an entry in bytes, in addition to its payload: its slot in a map that has just
/// grown, and two allocations.
const ENTRY_OVERHEAD: usize = 288;

/// A verified or decrypted payload, wiped when its last reference is dropped.
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

/// The identity of a token under one key: the SHA-256 of the whole token, and the identity of the key. No key
/// is stored, so the limit covers all memory, even if `key_lookup` returns many keys.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Fingerprint {
    digest: [u8; 32],
    key: Identity,
}

/// The payloads of genuine tokens, within the limit.
///
/// Only the steps with the same result at every reading are skipped: parsing the token, and verifying or
/// decrypting it. Claims are checked each time, at the current time, and hooks decide each time.
pub(crate) struct TokenCache {
    /// `None` if caching is disabled.
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

/// An opening under way, and the number of requests that wait for it.
#[derive(Default)]
struct Waiters {
    opening: Arc<SharedOpening>,
    waiting: usize,
}

impl TokenCache {
    /// Creates a cache of up to `limit` bytes; 0 disables caching.
    pub(crate) fn new(limit: usize) -> Self {
        let shard = |_| Mutex::new(LruCache::new(limit / SHARDS));
        let shards = (limit > 0).then(|| std::array::from_fn(shard));
        Self { shards, openings: Mutex::default() }
    }

    /// Returns whether tokens are cached at all.
    pub(crate) fn remembers(&self) -> bool {
        self.shards.is_some()
    }

    /// Returns the token's slot, or `None` if caching is disabled.
    pub(crate) fn slot(&self, token: &str, key: &Identity) -> Option<CacheSlot<'_>> {
        let shards = self.shards.as_ref()?;
        let fingerprint = Fingerprint::new(token, key);
        let [first, ..] = fingerprint.digest;
        Some(CacheSlot { shard: shards.get(usize::from(first) % SHARDS)?, fingerprint })
    }

    /// Runs a slow opening, or waits for the one of the same token that is under way, so that ten concurrent
    /// requests of a page cost one key derivation.
    ///
    /// # Errors
    ///
    /// Failures that are not the token's fault, reported only to the request that ran into them.
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

/// Removes the opening from the list when its last waiter leaves, answered or not. Waiters are counted under
/// the list's lock: if two left at the same time, each would still see the other in the count of the `Arc`,
/// which drops outside of the lock.
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

/// The cache slot of one token under one key.
pub(crate) struct CacheSlot<'a> {
    shard: &'a Mutex<LruCache<Fingerprint, CacheEntry>>,
    fingerprint: Fingerprint,
}

impl CacheSlot<'_> {
    /// Returns the payload, unless the token is unknown or has expired.
    pub(crate) fn get(&self, now: NumericDate) -> Option<Payload> {
        let mut shard = self.shard.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = shard.get(&self.fingerprint)?;
        if entry.expires_at.is_some_and(|at| at <= now) {
            shard.remove(&self.fingerprint);
            return None;
        }
        Some(entry.payload.clone())
    }

    /// Caches the payload of a token that is genuine and has not expired.
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

    /// Two waiters that leave at the same time must not each leave the removal to the other.
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
                        // Two threads open each token at about the same time.
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
