//! Telling keys apart without holding them.

use std::fmt;

use serde::Serialize;

use crate::crypto::KeyedDigest;

/// A digest of everything that decides what a key reads: its material, its algorithms, its `kid`.
///
/// A cache of tokens keeps this beside each token, and no key: a key that is made anew for each request is
/// the same one each time, and is gone after each. The digest is keyed with random bytes of the process, so
/// it tells whoever reads the memory nothing about a password.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity([u8; 32]);

impl Identity {
    /// Of a key whose description the function writes.
    pub(crate) fn new(describe: impl FnOnce(&mut Description)) -> Self {
        let mut description = Description(KeyedDigest::new());
        describe(&mut description);
        Self(description.0.finish())
    }

    /// Of several keys that read together.
    pub(crate) fn joined(own: Self, also: &[Self]) -> Self {
        if also.is_empty() {
            return own;
        }
        Self::new(|description| {
            description.bytes(&own.0);
            also.iter().for_each(|other| description.bytes(&other.0));
        })
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(..)")
    }
}

/// A key's description, part by part, delimited so that no two lists of parts read alike.
pub(crate) struct Description(KeyedDigest);

impl Description {
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(&bytes.len().to_be_bytes());
        self.0.update(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(crate) fn number(&mut self, number: u32) {
        self.0.update(&number.to_be_bytes());
    }

    /// Adds a value as JSON, which is written piece by piece and kept nowhere.
    pub(crate) fn json(&mut self, value: &impl Serialize) {
        // Neither a JSON value nor a digest is a reason to fail; its text ends where it ends.
        let written = serde_json::to_writer(&mut self.0, value);
        debug_assert!(written.is_ok());
        self.0.update(&[0]);
    }
}
