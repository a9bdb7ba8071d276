//! Ed25519 public keys under which a signature proves nothing.
//!
//! The curve has eight points whose order divides 8. With one of them as the public key, the equation that a
//! verifier checks loses the message: one signature fits every message, or one in a few. No key pair yields
//! such a point.

use crate::config_error::KeyError;

use super::Jwk;
use super::checks::named;

/// Their `y`, little-endian and without the sign of `x`: six of them, and the two encodings past the field's
/// prime that RFC 8032 §5.1.3 does not allow and some decoders read.
const SMALL_ORDER: [[u8; 32]; 7] = [
    // 0, order 4.
    [0; 32],
    // 1, the neutral element.
    ends(1, 0, 0),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, //
        0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, //
        0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
    // p - 1, order 2.
    ends(0xec, 0xff, 0x7f),
    // p and p + 1, which are 0 and 1.
    ends(0xed, 0xff, 0x7f),
    ends(0xee, 0xff, 0x7f),
];

const fn ends(first: u8, between: u8, last: u8) -> [u8; 32] {
    let mut bytes = [between; 32];
    (bytes[0], bytes[31]) = (first, last);
    bytes
}

/// `x` is the member of that name, of 32 bytes.
pub(super) fn check(jwk: &Jwk, x: &[u8]) -> Result<(), KeyError> {
    if !is_one(x) {
        return Ok(());
    }
    Err(KeyError::new(format!(
        "`x` of {} is a point of small order, under which a signature fits messages that nobody signed: generate a new key",
        named(jwk)
    )))
}

fn is_one(x: &[u8]) -> bool {
    SMALL_ORDER.iter().any(|y| match (x.split_last(), y.split_last()) {
        (Some((last, x)), Some((own, y))) => x == y && last & 0x7f == *own,
        _ => false,
    })
}
