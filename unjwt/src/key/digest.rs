//! The digest of a public key, to tell whether two are the same.

use super::Jwk;
use super::checks::{bytes, unknown_type};
use super::key_type::KeyType;
use crate::config_error::KeyError;
use crate::token::KeyDigest;

/// The digest of a checked key's public half: a private key and its public half have the same one.
pub(super) fn of_public(jwk: &Jwk) -> Result<KeyDigest, KeyError> {
    let key_type = KeyType::of(jwk);
    let numbers = key_type.and_then(KeyType::public_bytes).ok_or_else(|| unknown_type(jwk))?;
    let numbers = numbers.iter().map(|name| bytes(jwk, name)).collect::<Result<Vec<_>, _>>()?;
    let curve = jwk.text("crv").unwrap_or_default();
    let mut parts = vec![jwk.kty().as_bytes(), curve.as_bytes()];
    // Zeros before a number leave it as it is. An OKP key is not a number, and has its exact length.
    let zeros = |number: &[u8]| number.iter().take_while(|byte| **byte == 0).count();
    let skip = |number: &[u8]| if key_type == Some(KeyType::Okp) { 0 } else { zeros(number) };
    parts.extend(numbers.iter().filter_map(|number| number.get(skip(number)..)));
    Ok(KeyDigest::new(&parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_kinds_and_parts_apart() {
        let all = [
            KeyDigest::of_secret(b"abc"),
            KeyDigest::of_secret(b"abcd"),
            KeyDigest::of_password("abc"),
            KeyDigest::new(&[b"secret", b"ab", b"c"]),
            KeyDigest::new(&[b"secret", b"a", b"bc"]),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(all.iter().skip(index + 1).all(|other| one != other), "{index}");
        }
        assert_eq!(KeyDigest::of_secret(b"abc"), KeyDigest::of_secret(b"abc"));
    }

    #[test]
    fn the_halves_of_a_pair_are_one_key() {
        for (alg, curve) in [
            ("RS256", ""),
            ("ES256", "P-256"),
            ("ES512", "P-521"),
            ("EdDSA", "Ed25519"),
            ("ECDH-ES", "X25519"),
        ] {
            let make =
                || if curve.is_empty() { Jwk::generate(alg) } else { Jwk::generate_on_curve(alg, curve) };
            let [one, other] = [(); 2].map(|()| make().unwrap());
            let public = one.public().unwrap().with_kid("renamed");
            assert_eq!(of_public(&one), of_public(&public));
            assert_ne!(of_public(&one), of_public(&other));
        }
    }
}
