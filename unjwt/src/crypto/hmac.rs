use aws_lc_rs::hmac;

use crate::alg::Hash;

/// HMAC with SHA-2 under one key (RFC 7518 §3.2).
pub(super) struct HmacKey(hmac::Key);

impl HmacKey {
    pub(super) fn new(hash: Hash, secret: &[u8]) -> Self {
        let algorithm = match hash {
            Hash::Sha256 => hmac::HMAC_SHA256,
            Hash::Sha384 => hmac::HMAC_SHA384,
            Hash::Sha512 => hmac::HMAC_SHA512,
        };
        Self(hmac::Key::new(algorithm, secret))
    }

    pub(super) fn tag_len(&self) -> usize {
        self.0.algorithm().tag_len()
    }

    pub(super) fn sign(&self, message: &[u8]) -> hmac::Tag {
        hmac::sign(&self.0, message)
    }

    /// The tag of the parts one after the other.
    pub(super) fn sign_parts(&self, parts: &[&[u8]]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        parts.iter().for_each(|part| context.update(part));
        context.sign()
    }

    /// Compares in constant time and refuses a shortened tag.
    pub(super) fn verify(&self, message: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.0, message, tag).is_ok()
    }
}
