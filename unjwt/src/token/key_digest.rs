//! Digests that tell whether two keys are the same, however each is represented.

use crate::crypto::KeyedDigest;

/// A digest that is equal for keys that open each other's tokens, and reveals nothing of a key outside of
/// this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyDigest([u8; 32]);

impl KeyDigest {
    /// The bytes of a symmetric key.
    pub(crate) fn of_secret(secret: &[u8]) -> Self {
        Self::new(&[b"secret", secret])
    }

    pub(crate) fn of_password(password: &str) -> Self {
        Self::new(&[b"password", password.as_bytes()])
    }

    /// The numbers of a public key, behind the kind of key that they are.
    pub(crate) fn new(parts: &[&[u8]]) -> Self {
        let mut digest = KeyedDigest::new();
        for part in parts {
            digest.update(&part.len().to_be_bytes());
            digest.update(part);
        }
        Self(digest.finish())
    }
}
