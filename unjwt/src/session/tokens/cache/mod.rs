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

type Shard<T> = LruCache<Hashed, Arc<Remembered<T>>, BuildHasherDefault<Passed>>;

impl<T> TokenCache<T> {
    /// Creates a memory of up to `limit` bytes; 0 remembers nothing.
    pub(crate) fn new(limit: usize) -> Self {
        let store = || {
            let marks = limit / MARKS;
            Box::new(Store {
                hasher: RandomState::new(),
                shards: std::array::from_fn(|_| Mutex::new(LruCache::new((limit - marks) / SHARDS))),
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
        let (known, displaced) = {
            let mut shard = self.shard()?;
            let displaced = shard.promote(&Hashed(self.hash));
            (shard.promoted(&Hashed(self.hash)).map(Arc::clone), displaced)
        };
        self.drop_displaced(displaced);
        let known = known?;
        if !known.is_of(self.pieces, self.key) {
            return None;
        }
        if known.expires_at().is_some_and(|at| at <= now) {
            self.shard()?.remove(&Hashed(self.hash));
            return None;
        }
        Some(known)
    }

    /// Remembers a token that is genuine and has not expired: what was read of it if the next reading is the same, otherwise
    /// its payload.
    pub(crate) fn put(&self, content: Content<T>) {
        let remembered = Remembered::new(self.pieces, *self.key, content);
        let displaced = self.shard().map(|mut shard| shard.replace(Hashed(self.hash), Arc::new(remembered)));
        displaced.into_iter().for_each(|displaced| self.drop_displaced(displaced));
    }

    /// Drops what was displaced, after the lock: the `Drop` of a struct is its author's.
    fn drop_displaced(&self, displaced: Displaced<Hashed, Arc<Remembered<T>>, BuildHasherDefault<Passed>>) {
        if let Some((unused, of)) = displaced.unused() {
            self.store.admission.forget(unused, of, || self.held());
        }
    }

    /// Records that a token which is not remembered was seen, and returns whether it is to be. `is_costly` says that opening
    /// it is.
    pub(crate) fn see(&self, is_costly: bool) -> bool {
        self.store.admission.see(self.hash, is_costly, || self.held())
    }

    /// Returns about how many tokens are remembered.
    fn held(&self) -> usize {
        self.shard().map_or(0, |shard| shard.len() * SHARDS)
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
