//! RSA moduli whose factors can be computed from them (CVE-2017-15361).
//!
//! A library of smart cards and TPMs made its primes as `k * M + (65537^a mod M)`, `M` the product of the
//! first primes. Modulo each of those, such a modulus is a power of 65537, which by chance alone hardly any
//! modulus is.

const GENERATOR: u32 = 65_537;
/// The last factor of `M` for keys of 2048 bits; longer keys have more.
const LAST_PRIME: u32 = 701;

/// Returns whether the modulus, big-endian, is of that family.
pub(super) fn is_weak(modulus: &[u8]) -> bool {
    odd_primes().all(|prime| is_power(residue(modulus, prime), prime))
}

fn odd_primes() -> impl Iterator<Item = u32> {
    (3..=LAST_PRIME).step_by(2).filter(|n| (3..*n).step_by(2).all(|divisor| n % divisor != 0))
}

/// Both factors are below 2^10, so that no product here leaves 32 bits.
fn residue(modulus: &[u8], prime: u32) -> u32 {
    modulus.iter().fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % prime)
}

fn is_power(residue: u32, prime: u32) -> bool {
    let generator = GENERATOR % prime;
    let mut power = 1;
    loop {
        if power == residue {
            return true;
        }
        power = power * generator % prime;
        // The powers repeat from here on; those of 0 are 0.
        if power <= 1 {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;
    use serde_json::json;

    use super::*;
    use crate::crypto::fill_random;
    use crate::key::checks::bytes;
    use crate::util::base64;
    use crate::{ErrorKind, Jwk, JwsKey};

    fn random(bits: u64) -> BigUint {
        let mut bytes = vec![0; bits.div_ceil(8) as usize];
        fill_random(&mut bytes);
        BigUint::from_bytes_be(&bytes) % (BigUint::from(1_u32) << bits)
    }

    /// A number of that form; whether its cofactor is prime makes no difference to the sign.
    fn marked(bits: u64) -> Vec<u8> {
        let product = odd_primes().fold(BigUint::from(2_u32), |product, prime| product * prime);
        let power = BigUint::from(GENERATOR).modpow(&random(60), &product);
        let len = bits - product.bits();
        // Two leading ones, so that the product has as many bits as it should.
        let factor = (BigUint::from(3_u32) << (len - 2)) + random(len - 2);
        (factor * product + power).to_bytes_be()
    }

    #[test]
    fn knows_moduli_of_that_family_and_no_others() {
        assert_eq!(odd_primes().count() + 1, 126);
        for bits in [2048, 3072, 4096] {
            let modulus = marked(bits);
            assert!(is_weak(&modulus));
            let mut next = modulus.clone();
            *next.last_mut().unwrap() ^= 2;
            assert!(!is_weak(&next));
            let key = json!({"kty": "RSA", "alg": "RS256", "n": base64::encode(&modulus), "e": "AQAB"});
            let key = JwsKey::verify_only(Jwk::from_json(&key.to_string()).unwrap());
            let refusal = crate::jose::verify("", &key).unwrap_err();
            assert_eq!(refusal.kind(), ErrorKind::KeyUnusable);
            assert!(refusal.to_string().contains("CVE-2017-15361"), "{refusal}");
        }
        for _ in 0..4 {
            assert!(!is_weak(&bytes(&Jwk::generate("RS256").unwrap(), "n").unwrap()));
        }
    }
}
