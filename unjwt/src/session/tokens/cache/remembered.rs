//! A token that is remembered, and what was made of it.

use std::ops::Deref;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::claims::Facts;
use crate::clock::NumericDate;
use crate::crypto::is_equal;
use crate::login::memory::LastCheck;
use crate::token::Identity;
use crate::util::lru::Weight;

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

/// A genuine token, with the identity of its key instead of the key, so that the limit covers all memory, even if
/// `key_lookup` returns many keys. The token is wiped when it is forgotten.
pub(crate) struct Remembered<T> {
    token: Zeroizing<Box<[u8]>>,
    key: Identity,
    pub(crate) payload: Payload,
    pub(crate) expires_at: Option<NumericDate>,
    /// `None` if the token has not been read yet, or if each reading makes another struct.
    reading: Option<Reading<T>>,
}

/// The reading of a token's payload.
pub(crate) struct Reading<T> {
    pub(crate) facts: Facts,
    pub(crate) data: Arc<T>,
    /// The time at which the claims were found valid. What is valid then is valid later, but for its expiry.
    pub(crate) at: NumericDate,
    pub(crate) last_check: LastCheck,
}

impl<T> Reading<T> {
    pub(crate) fn new(facts: Facts, data: Arc<T>, at: NumericDate) -> Self {
        Self { facts, data, at, last_check: LastCheck::default() }
    }
}

impl<T> Remembered<T> {
    pub(super) fn new(
        token: &str,
        key: Identity,
        payload: Payload,
        expires_at: Option<NumericDate>,
        reading: Option<Reading<T>>,
    ) -> Self {
        let token = Zeroizing::new(token.as_bytes().into());
        Self { token, key, payload, expires_at, reading }
    }

    /// Returns whether it is this token under this key, in a time that does not depend on how much of it is right.
    pub(super) fn is_of(&self, token: &str, key: &Identity) -> bool {
        is_equal(&self.token, token.as_bytes()) && self.key == *key
    }

    /// Returns the reading, unless the clock was turned back behind it.
    pub(crate) fn reading(&self, now: NumericDate) -> Option<&Reading<T>> {
        self.reading.as_ref().filter(|reading| reading.at <= now)
    }
}

/// The bytes of a place in a map that has just grown, of the counters of three `Arc`s, and of the payload's `Vec`.
const AROUND: usize = 2 * 17 + 3 * 16 + 24;

impl<T> Weight for Arc<Remembered<T>> {
    fn weight(&self) -> usize {
        let payload = self.payload.0.capacity();
        // An estimate: a list of numbers or of short texts takes several times its JSON.
        let data = if self.reading.is_some() { size_of::<T>() + 4 * payload } else { 0 };
        size_of::<Remembered<T>>() + AROUND + self.token.len() + payload + data
    }
}
