use std::num::NonZeroU32;

use aws_lc_rs::kdf::{SskdfDigestAlgorithmId, get_sskdf_digest_algorithm, sskdf_digest};
use aws_lc_rs::{hkdf, pbkdf2};

use super::Failed;
use crate::alg::Hash;

/// PBKDF2 with HMAC of this hash (RFC 8018 §5.2). Takes as long as `iterations` asks for.
pub(crate) fn pbkdf2(
    hash: Hash,
    iterations: u32,
    salt: &[u8],
    password: &[u8],
    out: &mut [u8],
) -> Result<(), Failed> {
    let algorithm = match hash {
        Hash::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
        Hash::Sha384 => pbkdf2::PBKDF2_HMAC_SHA384,
        Hash::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
    };
    let iterations = NonZeroU32::new(iterations).ok_or(Failed)?;
    pbkdf2::derive(algorithm, iterations, salt, password, out);
    Ok(())
}

/// HKDF with SHA-256 and no salt (RFC 5869): fills `out` with a key bound to `info`.
pub(crate) fn hkdf_sha256(secret: &[u8], info: &[&[u8]], out: &mut [u8]) -> Result<(), Failed> {
    struct Len(usize);

    impl hkdf::KeyType for Len {
        fn len(&self) -> usize {
            self.0
        }
    }

    let prk = hkdf::Salt::none(hkdf::HKDF_SHA256).extract(secret);
    prk.expand(info, Len(out.len()))?.fill(out)?;
    Ok(())
}

/// The context to which a key agreed by ECDH-ES is bound (RFC 7518 §4.6.2).
pub(crate) struct ConcatInfo<'a> {
    /// `enc` where the agreed key encrypts the content, else `alg`.
    pub(crate) algorithm: &'a str,
    pub(crate) apu: &'a [u8],
    pub(crate) apv: &'a [u8],
}

/// The Concat KDF with SHA-256 (RFC 7518 §4.6.2): the one-step derivation of NIST SP 800-56A.
pub(super) fn concat_kdf(secret: &[u8], info: &ConcatInfo<'_>, out: &mut [u8]) -> Result<(), Failed> {
    let mut other_info = Vec::with_capacity(16 + info.algorithm.len() + info.apu.len() + info.apv.len());
    let length = |len: usize| u32::try_from(len).map(u32::to_be_bytes).map_err(|_| Failed);
    for part in [info.algorithm.as_bytes(), info.apu, info.apv] {
        other_info.extend(length(part.len())?);
        other_info.extend(part);
    }
    other_info.extend(length(out.len() * 8)?);
    let algorithm = get_sskdf_digest_algorithm(SskdfDigestAlgorithmId::Sha256).ok_or(Failed)?;
    sskdf_digest(algorithm, secret, &other_info, out)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hkdf_matches_rfc_5869_a_3() {
        let mut out = [0; 8];
        // The first bytes of test case 3 (no salt, no info).
        let mut full = [0; 42];
        hkdf_sha256(&[0x0b; 22], &[], &mut full).unwrap();
        out.copy_from_slice(&full[..8]);
        assert_eq!(out, [0x8d, 0xa4, 0xe7, 0x75, 0xa5, 0x63, 0xc1, 0x8f]);
    }

    #[test]
    fn concat_kdf_matches_rfc_7518_appendix_c() {
        let secret = [
            158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156, 251, 49, 110, 163,
            218, 128, 106, 72, 246, 218, 167, 121, 140, 254, 144, 196,
        ];
        let info = ConcatInfo { algorithm: "A128GCM", apu: b"Alice", apv: b"Bob" };
        let mut out = [0; 16];
        concat_kdf(&secret, &info, &mut out).unwrap();
        assert_eq!(out, [86, 170, 141, 234, 248, 35, 109, 32, 92, 34, 40, 205, 113, 167, 16, 26]);
    }

    #[test]
    fn pbkdf2_matches_a_published_vector() {
        // RFC 7914 §11: PBKDF2-HMAC-SHA-256 (P="passwd", S="salt", c=1).
        let mut out = [0; 8];
        pbkdf2(Hash::Sha256, 1, b"salt", b"passwd", &mut out).unwrap();
        assert_eq!(out, [0x55, 0xac, 0x04, 0x6e, 0x56, 0xe3, 0x08, 0x9f]);
        assert_eq!(pbkdf2(Hash::Sha256, 0, b"salt", b"passwd", &mut out), Err(Failed));
    }
}
