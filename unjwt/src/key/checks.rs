//! The checks of a JWK, whose errors never quote the key.

use zeroize::Zeroizing;

use super::jwk::Jwk;
use super::roca;
use crate::alg::{EcCurve, Hash, JwsAlg};
use crate::config_error::KeyError;
use crate::util::base64;
use crate::util::json::Json;

/// Bits of an RSA modulus (RFC 7518 §3.3 asks for 2048 or more; more than 8192 only slows every request).
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// The most characters of a name that an error shows.
const MOST_SHOWN: usize = 64;

/// The key as an error names it: with its `kid`, if it has one.
pub(super) fn named(jwk: &Jwk) -> String {
    match jwk.kid() {
        Some(kid) => format!("the key `{}`", shown(kid)),
        None => "the key".to_owned(),
    }
}

/// A name from a key, as an error or the log shows it: a stranger may have written it, at any length.
pub(super) fn shown(name: &str) -> String {
    let mut shown: String = name.chars().take(MOST_SHOWN).flat_map(char::escape_debug).collect();
    if name.chars().nth(MOST_SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// The error for a key that passed all checks and was refused by the library.
pub(super) fn unusable(key: &str, alg: &str) -> KeyError {
    KeyError::new(format!("{key} does not work with `{alg}`"))
}

/// The key has a `kty` that no algorithm here uses.
pub(super) fn unknown_type(jwk: &Jwk) -> KeyError {
    KeyError::new(format!("{} has the unknown type `{}`", named(jwk), shown(jwk.kty())))
}

/// `use`, where present, must be the given one (RFC 7517 §4.2).
pub(super) fn check_use(jwk: &Jwk, wanted: &str) -> Result<(), KeyError> {
    match jwk.text("use") {
        Some(actual) if actual != wanted => Err(KeyError::new(format!(
            "{} has `\"use\": \"{}\"`, but a session of this kind needs `\"{wanted}\"`",
            named(jwk),
            shown(actual)
        ))),
        _ => Ok(()),
    }
}

/// `key_ops`, where present, must hold one of the given operations (RFC 7517 §4.3).
pub(super) fn check_ops(jwk: &Jwk, one_of: &[&str]) -> Result<(), KeyError> {
    let Some(ops) = jwk.get("key_ops").and_then(Json::as_array) else { return Ok(()) };
    if ops.iter().filter_map(Json::as_text).any(|op| one_of.contains(&op)) {
        return Ok(());
    }
    Err(KeyError::new(format!("{} lacks `{}` in its `key_ops`", named(jwk), one_of.join("` or `"))))
}

/// RFC 7518 §3.2: a key at least as long as the hash.
pub(super) fn check_secret(len: usize, hash: Hash, alg: JwsAlg) -> Result<(), KeyError> {
    let least = hash.len();
    if len >= least {
        return Ok(());
    }
    Err(KeyError::new(format!(
        "the secret has {len} bytes, but `{}` needs at least {least} random ones",
        alg.name()
    )))
}

/// A member's bytes; the error names the member.
pub(super) fn bytes(jwk: &Jwk, name: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let text =
        jwk.text(name).ok_or_else(|| KeyError::new(format!("{} has no string `{name}`", named(jwk))))?;
    base64::decode_secret(text)
        .map_err(|_| KeyError::new(format!("`{name}` of {} is not base64url without padding", named(jwk))))
}

/// Checks the numbers of an RSA key and returns the length of its signatures in bytes.
pub(super) fn check_rsa(jwk: &Jwk) -> Result<usize, KeyError> {
    let modulus = bytes(jwk, "n")?;
    let exponent = bytes(jwk, "e")?;
    let modulus_bits = bits(&modulus);
    if !RSA_BITS.contains(&modulus_bits) {
        return Err(KeyError::new(format!(
            "{} is an RSA key of {modulus_bits} bits; use one of {} to {} bits",
            named(jwk),
            RSA_BITS.start(),
            RSA_BITS.end()
        )));
    }
    let even = |number: &[u8]| number.last().is_none_or(|byte| byte % 2 == 0);
    if even(&modulus) {
        return Err(KeyError::new(format!("`n` of {} is not an RSA modulus", named(jwk))));
    }
    if roca::is_weak(&modulus) {
        return Err(KeyError::new(format!(
            "`n` of {} comes from a generator whose private keys can be computed (CVE-2017-15361): generate a new key",
            named(jwk)
        )));
    }
    if even(&exponent) || !(2..=33).contains(&bits(&exponent)) {
        return Err(KeyError::new(format!(
            "`e` of {} is not a valid RSA exponent; `\"AQAB\"` (65537) is the usual one",
            named(jwk)
        )));
    }
    Ok(modulus_bits.div_ceil(8))
}

/// The members that a private RSA JWK must have here.
pub(super) fn check_rsa_private(jwk: &Jwk) -> Result<(), KeyError> {
    if jwk.get("oth").is_some() {
        return Err(KeyError::new(format!(
            "{} has more than two primes (`oth`): use a key with two, as `Jwk::generate` makes it",
            named(jwk)
        )));
    }
    if jwk.get("p").is_none() {
        return Err(KeyError::new(format!(
            "{} is a private RSA key without its primes, which signing and decrypting need: include `p`, `q`, \
             `dp`, `dq` and `qi` beside `d` (RFC 7518 §6.3.2), as `Jwk::from_pem` and most tools do",
            named(jwk)
        )));
    }
    for name in ["d", "p", "q", "dp", "dq", "qi"] {
        if bits(&bytes(jwk, name)?) == 0 {
            return Err(KeyError::new(format!("`{name}` of {} is empty or zero", named(jwk))));
        }
    }
    Ok(())
}

/// Checks an EC key against the curve that its algorithm asks for; returns a coordinate's length in bytes.
pub(super) fn check_ec(jwk: &Jwk, curve: EcCurve) -> Result<usize, KeyError> {
    check_crv(jwk, curve.name())?;
    let len = curve.len();
    check_len(jwk, "x", len)?;
    check_len(jwk, "y", len)?;
    if jwk.get("d").is_some() {
        check_len(jwk, "d", len)?;
    }
    Ok(len)
}

pub(super) fn check_crv(jwk: &Jwk, curve: &str) -> Result<(), KeyError> {
    match jwk.text("crv") {
        Some(actual) if actual == curve => Ok(()),
        Some(actual) => Err(KeyError::new(format!(
            "{} is on the curve `{}`, but its algorithm needs `{curve}`",
            named(jwk),
            shown(actual)
        ))),
        None => Err(KeyError::new(format!("{} has no `crv`", named(jwk)))),
    }
}

/// Exact lengths, as RFC 7518 §6.2.1.2 and RFC 8037 §2 ask for.
pub(super) fn check_len(jwk: &Jwk, name: &str, len: usize) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let value = bytes(jwk, name)?;
    if value.len() != len {
        return Err(KeyError::new(format!(
            "`{name}` of {} has {} bytes instead of {len}",
            named(jwk),
            value.len()
        )));
    }
    Ok(value)
}

/// Bits of a big-endian number.
fn bits(number: &[u8]) -> usize {
    let mut significant = number.iter().skip_while(|byte| **byte == 0);
    match significant.next() {
        None => 0,
        Some(first) => 8 * significant.count() + (8 - first.leading_zeros() as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_escaped_and_no_longer_than_a_line() {
        for (name, expected) in
            [("a-b_C.9", "a-b_C.9"), ("a\nb", "a\\nb"), ("\u{202e}é", "\\u{202e}é"), ("", "")]
        {
            assert_eq!(shown(name), expected);
        }
        assert_eq!(shown(&"k".repeat(64)), "k".repeat(64));
        assert_eq!(shown(&"é".repeat(65)), format!("{}…", "é".repeat(64)));
        assert!(shown(&"\0".repeat(1 << 20)).len() < 1000);
    }

    #[test]
    fn counts_bits() {
        for (number, expected) in
            [(&[][..], 0), (&[0], 0), (&[1], 1), (&[0, 1], 1), (&[0x80], 8), (&[1, 0], 9), (&[1, 0, 1], 17)]
        {
            assert_eq!(bits(number), expected, "{number:?}");
        }
    }
}
