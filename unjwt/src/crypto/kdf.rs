use std::num::NonZeroU32;

use aws_lc_rs::{hkdf, pbkdf2};

use super::Failed;

/// PBKDF2 with HMAC-SHA-2 of `hash` bits (RFC 8018 §5.2). Takes as long as `iterations` asks for.
pub(crate) fn pbkdf2(
    hash: u16,
    iterations: u32,
    salt: &[u8],
    password: &[u8],
    out: &mut [u8],
) -> Result<(), Failed> {
    let algorithm = match hash {
        512 => pbkdf2::PBKDF2_HMAC_SHA512,
        384 => pbkdf2::PBKDF2_HMAC_SHA384,
        _ => pbkdf2::PBKDF2_HMAC_SHA256,
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
    fn pbkdf2_matches_a_published_vector() {
        // RFC 7914 §11: PBKDF2-HMAC-SHA-256 (P="passwd", S="salt", c=1).
        let mut out = [0; 8];
        pbkdf2(256, 1, b"salt", b"passwd", &mut out).unwrap();
        assert_eq!(out, [0x55, 0xac, 0x04, 0x6e, 0x56, 0xe3, 0x08, 0x9f]);
        assert_eq!(pbkdf2(256, 0, b"salt", b"passwd", &mut out), Err(Failed));
    }
}
