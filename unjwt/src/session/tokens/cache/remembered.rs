//! A token that is remembered, and what was made of it.

use std::ops::Deref;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::claims::Facts;
use crate::clock::NumericDate;
use crate::crypto::is_equal;
use crate::login::memory::LastCheck;
use crate::session::current::HasToken;
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
/// `key_lookup` returns many keys. The token is wiped when it is forgotten and no session has it.
pub(crate) struct Remembered<T> {
    token: Zeroizing<Box<str>>,
    key: Identity,
    content: Content<T>,
}

/// The content of a token, held once.
pub(crate) enum Content<T> {
    /// The payload of a token that has not been read yet, or of which each reading makes another struct; and the end of the
    /// token.
    Payload(Payload, Option<NumericDate>),
    Read(Reading<T>),
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
    /// Creates the reading of a payload, to which the facts do not refer.
    pub(crate) fn new(facts: Facts, data: Arc<T>, at: NumericDate) -> Self {
        Self { facts, data, at, last_check: LastCheck::default() }
    }
}

impl<T: Send + Sync> HasToken for Remembered<T> {
    fn token(&self) -> &str {
        &self.token
    }
}

impl<T> Remembered<T> {
    pub(super) fn new(pieces: &[&str], key: Identity, content: Content<T>) -> Self {
        Self { token: Zeroizing::new(pieces.concat().into()), key, content }
    }

    pub(super) fn expires_at(&self) -> Option<NumericDate> {
        match &self.content {
            Content::Payload(_, expires_at) => *expires_at,
            Content::Read(reading) => reading.facts.expires_at,
        }
    }

    /// Returns whether it is the token in these pieces under this key, in a time that does not depend on how much of it is
    /// right.
    pub(super) fn is_of(&self, pieces: &[&str], key: &Identity) -> bool {
        if pieces.iter().map(|piece| piece.len()).sum::<usize>() != self.token.len() {
            return false;
        }
        let mut rest = self.token.as_bytes();
        let equal = pieces.iter().fold(true, |equal, piece| {
            // Never past the end, since the lengths are equal.
            let (own, tail) = rest.split_at_checked(piece.len()).unwrap_or_default();
            rest = tail;
            equal & is_equal(own, piece.as_bytes())
        });
        equal && self.key == *key
    }

    /// Returns the reading, unless the clock was turned back behind it.
    pub(crate) fn reading(&self, now: NumericDate) -> Option<&Reading<T>> {
        match &self.content {
            Content::Read(reading) if reading.at <= now => Some(reading),
            Content::Read(_) | Content::Payload(..) => None,
        }
    }

    /// Returns the payload, unless the struct that was read from it took its place.
    pub(crate) fn payload(&self) -> Option<&Payload> {
        match &self.content {
            Content::Payload(payload, _) => Some(payload),
            Content::Read(_) => None,
        }
    }
}

/// The bytes of a place in a map that has just grown, of the counters of three `Arc`s, and of a payload's `Vec`, or of an id
/// of usual length.
const AROUND: usize = 2 * 17 + 3 * 16 + 40;

impl<T> Weight for Arc<Remembered<T>> {
    fn weight(&self) -> usize {
        let content = match &self.content {
            Content::Payload(payload, _) => payload.0.capacity(),
            // An estimate: a list of numbers or of short texts takes several times its JSON, which is at most three quarters of
            // the token.
            Content::Read(_) => size_of::<T>() + 3 * self.token.len(),
        };
        size_of::<Remembered<T>>() + AROUND + self.token.len() + content
    }
}
