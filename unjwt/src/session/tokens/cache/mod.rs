//! A memory of tokens that proved genuine or were made here, so that one which is presented again costs a hash and a
//! comparison instead of a signature verification or a decryption, and of reading its payload.

mod admission;
mod openings;
mod remembered;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::clock::NumericDate;
use crate::token::Identity;
use crate::util::lru::{Displaced, LruCache};

use admission::Admission;
use openings::Openings;
pub(crate) use remembered::{Content, Payload, Reading, Remembered};

/// The number of shards, large enough that threads rarely contend for one.
const SHARDS: usize = 16;
/// The number of bytes at a token's end that are hashed: of a signature or tag, which no other genuine token has.
const HASHED: usize = 64;
/// The part of the limit for tokens that have not come again.
const FRESH: usize = 16;
/// Room for the longest sessions, if that is not too much of the limit.
const LEAST_FRESH: usize = 1 << 14;
/// The part of the limit for marks of tokens that were seen without being remembered.
const MARKS: usize = 1 << 6;

/// The tokens that are remembered, within the limit, and the slow openings under way.
///
/// Only the steps with the same result at every reading are skipped: parsing the token, verifying or decrypting it,
/// and making the struct. Expiry and the login are checked each time, at the current time, and hooks decide each time.
pub(crate) struct TokenCache<T> {
    /// `None` if nothing is remembered.
    store: Option<Box<Store<T>>>,
    pub(crate) openings: Openings,
}

struct Store<T> {
    /// Of tokens, keyed at random, so that nobody can choose some that meet.
    hasher: RandomState,
    shards: [Mutex<Shard<T>>; SHARDS],
    admission: Admission,
}

/// Two memories, so that tokens of which nobody knows whether they will come again cannot displace those that do.
struct Shard<T> {
    lasting: Memory<T>,
    /// Tokens whose opening is costly that were made or came once.
    fresh: Memory<T>,
}

type Memory<T> = LruCache<Hashed, Arc<Remembered<T>>, BuildHasherDefault<Passed>>;

impl<T> Shard<T> {
    fn new(limit: usize) -> Self {
        let fresh = (limit / FRESH).max(LEAST_FRESH.min(limit / 4));
        Self { lasting: LruCache::new(limit - fresh), fresh: LruCache::new(fresh) }
    }
}

impl<T> TokenCache<T> {
    /// Creates a memory of up to `limit` bytes; 0 remembers nothing.
    pub(crate) fn new(limit: usize) -> Self {
        let store = || {
            let marks = limit / MARKS;
            Box::new(Store {
                hasher: RandomState::new(),
                shards: std::array::from_fn(|_| Mutex::new(Shard::new((limit - marks) / SHARDS))),
                admission: Admission::new(marks / size_of::<u32>()),
            })
        };
        Self { store: (limit > 0).then(store), openings: Openings::default() }
    }

    /// Returns whether anything is remembered at all.
    pub(crate) fn remembers(&self) -> bool {
        self.store.is_some()
    }

    /// Returns the slot of the token that came in these pieces, or `None` if nothing is remembered.
    pub(crate) fn slot<'a>(&'a self, pieces: &'a [&'a str], key: &'a Identity) -> Option<CacheSlot<'a, T>> {
        let store = self.store.as_deref()?;
        let mut hasher = store.hasher.build_hasher();
        match pieces.last()?.as_bytes().last_chunk::<HASHED>() {
            Some(end) => hasher.write(end),
            None => hasher.write(&end_of(pieces)),
        }
        let hash = hasher.finish();
        Some(CacheSlot { store, pieces, key, hash })
    }
}

/// Returns the bytes at the end of a token whose last piece is too short.
fn end_of(pieces: &[&str]) -> Vec<u8> {
    let backwards = pieces.iter().rev().flat_map(|piece| piece.bytes().rev()).take(HASHED);
    let mut end: Vec<u8> = backwards.collect();
    end.reverse();
    end
}

/// The slot of one token under one key.
pub(crate) struct CacheSlot<'a, T> {
    store: &'a Store<T>,
    pieces: &'a [&'a str],
    key: &'a Identity,
    hash: u64,
}

impl<T> CacheSlot<'_, T> {
    /// Returns what is remembered, unless the token is unknown or has expired.
    pub(crate) fn get(&self, now: NumericDate) -> Option<Arc<Remembered<T>>> {
        let hash = Hashed(self.hash);
        let (known, lasts, displaced) = {
            let mut shard = self.shard()?;
            let displaced = shard.lasting.promote(&hash);
            let lasting = shard.lasting.peek(&hash);
            (lasting.or_else(|| shard.fresh.peek(&hash)).map(Arc::clone), lasting.is_some(), displaced)
        };
        self.drop_displaced(displaced);
        let known = known?;
        if !known.is_of(self.pieces, self.key) {
            return None;
        }
        if known.expires_at().is_some_and(|at| at <= now) {
            let forgotten =
                self.shard().map(|mut shard| (shard.lasting.remove(&hash), shard.fresh.remove(&hash)));
            // After the lock: the `Drop` of a struct is its author's.
            drop(forgotten);
            return None;
        }
        if !lasts && self.see() {
            self.make_last(Arc::clone(&known));
        }
        Some(known)
    }

    /// Remembers a token that is genuine and has not expired: what was read of it if the next reading is the same, otherwise
    /// its payload. `often` says whether it was seen often enough to displace others of which that is true.
    pub(crate) fn put(&self, content: Content<T>, often: bool) {
        let remembered = Arc::new(Remembered::new(self.pieces, *self.key, content));
        let hash = Hashed(self.hash);
        let lasts = || self.shard().is_some_and(|shard| shard.lasting.peek(&hash).is_some());
        if often || lasts() {
            self.make_last(remembered);
        } else {
            let displaced = self.shard().map(|mut shard| shard.fresh.replace(hash, remembered));
            drop(displaced);
        }
    }

    fn make_last(&self, remembered: Arc<Remembered<T>>) {
        let hash = Hashed(self.hash);
        let displaced = self.shard().map(|mut shard| {
            let fresh = shard.fresh.remove(&hash);
            (shard.lasting.replace(hash, remembered), fresh)
        });
        if let Some((displaced, fresh)) = displaced {
            drop(fresh);
            self.drop_displaced(displaced);
        }
    }

    /// Drops what was displaced, after the lock as above.
    fn drop_displaced(&self, displaced: Displaced<Hashed, Arc<Remembered<T>>, BuildHasherDefault<Passed>>) {
        if let Some((unused, of)) = displaced.unused() {
            self.store.admission.forget(unused, of, || self.held());
        }
    }

    /// Records that the token was seen, and returns whether that was often enough for a lasting memory.
    pub(crate) fn see(&self) -> bool {
        self.store.admission.see(self.hash, || self.held())
    }

    /// Returns about how many tokens have a lasting memory.
    fn held(&self) -> usize {
        self.shard().map_or(0, |shard| shard.lasting.len() * SHARDS)
    }

    fn shard(&self) -> Option<MutexGuard<'_, Shard<T>>> {
        // Other bits than those by which a map finds its place.
        let shard = self.store.shards.get((self.hash >> 40) as usize % SHARDS)?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A hash that a map takes as it is.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Hashed(u64);

impl Hash for Hashed {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0);
    }
}

#[derive(Default)]
struct Passed(u64);

impl Hasher for Passed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Never called for `Hashed`.
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests;
