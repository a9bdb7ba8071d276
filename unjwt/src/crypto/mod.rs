//! The only interface between this crate and the cryptographic libraries: nothing outside this folder names
//! them.
//!
//! All cryptography is AWS-LC's, but for AES-192 key wrap, which is RustCrypto's, as are the parsers of DER.

use std::cell::RefCell;

mod aead;
mod agreement;
mod bytes;
mod cbc_hmac;
mod der;
mod digest;
mod ecdsa_low;
mod generate;
mod hash;
mod hmac;
mod kdf;
mod key_wrap;
mod members;
mod oaep;
mod point;
mod signature;

pub(crate) use aead::ContentKey;
pub(crate) use agreement::{AgreementKey, AgreementPublicKey, Point};
pub(crate) use bytes::StackBytes;
pub(crate) use der::{DerError, read_private, read_public, write_private, write_public};
pub(crate) use digest::KeyedDigest;
pub(crate) use generate::{generate_ec, generate_okp, generate_rsa};
pub(crate) use hash::sha256;
pub(crate) use kdf::{ConcatInfo, hkdf_sha256, pbkdf2};
pub(crate) use key_wrap::Kek;
pub(crate) use oaep::{OaepPrivateKey, OaepPublicKey};
pub(crate) use signature::{SigningKey, VerifyingKey};

/// The refusal of an input by a primitive. It deliberately has no reason: what a caller knows, a client may
/// learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failed;

impl From<aws_lc_rs::error::Unspecified> for Failed {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self
    }
}

impl From<aws_lc_rs::error::KeyRejected> for Failed {
    fn from(_: aws_lc_rs::error::KeyRejected) -> Self {
        Self
    }
}

impl From<pkcs8::der::Error> for Failed {
    fn from(_: pkcs8::der::Error) -> Self {
        Self
    }
}

/// Fresh bytes from the operating system's generator by way of AWS-LC's.
///
/// There is no error to return: a generator that fails leaves nothing that a caller could safely do, and
/// bytes that can be predicted would be worse than no process. AWS-LC itself aborts in that case; the abort
/// here covers its remaining error path.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill_random(&mut bytes);
    bytes
}

/// The bytes of an identifier that nobody can foresee. Drawn in stock, since a draw from the operating
/// system's generator costs more than the rest of an identifier: a process that forks repeats those that are
/// left, so never for a key or a nonce.
pub(crate) fn random_id() -> [u8; 16] {
    const STOCK: usize = 64;
    thread_local! {
        static IDS: RefCell<Vec<[u8; 16]>> = const { RefCell::new(Vec::new()) };
    }
    IDS.with_borrow_mut(|ids| {
        if ids.is_empty() {
            let bytes = random_bytes::<{ STOCK * 16 }>();
            ids.extend(bytes.as_chunks().0);
        }
        ids.pop().unwrap_or_else(random_bytes)
    })
}

/// Returns a number that nobody can foresee, from the same stock.
pub(crate) fn random_number() -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = random_id();
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// Compares secrets in a time that depends on their lengths alone.
pub(crate) fn is_equal(one: &[u8], other: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(one, other).is_ok()
}

/// [`random_bytes`] into a buffer whose length is known at run time.
pub(crate) fn fill_random(bytes: &mut [u8]) {
    if aws_lc_rs::rand::fill(bytes).is_err() {
        std::process::abort();
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn from_hex(hex: &str) -> Vec<u8> {
        let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(digit).collect()
    }

    #[test]
    fn random_bytes_differ_from_call_to_call() {
        assert_ne!(random_bytes::<32>(), random_bytes::<32>());
        assert_ne!(random_bytes::<32>(), [0; 32]);
    }

    #[test]
    fn no_identifier_comes_twice() {
        let draw = || (0..1000).map(|_| random_id()).collect::<Vec<_>>();
        let other = std::thread::spawn(draw);
        let ids: std::collections::HashSet<_> = draw().into_iter().chain(other.join().unwrap()).collect();
        assert_eq!(ids.len(), 2000);
    }
}
