use aws_lc_rs::key_wrap::{AES_128, AES_256, AesKek, KeyWrap};

use super::{Failed, StackBytes};

/// The longest content encryption key (A256CBC-HS512).
pub(crate) const MAX_CEK: usize = 64;
/// What AES key wrap adds (RFC 3394 §2.2.1).
pub(crate) const OVERHEAD: usize = 8;

/// A key encryption key for AES key wrap (RFC 3394).
#[derive(zeroize::ZeroizeOnDrop)]
pub(crate) struct Kek {
    bytes: [u8; 32],
    #[zeroize(skip)]
    bits: u16,
}

impl Kek {
    /// What wrapping adds to a key, in bytes.
    pub(crate) const OVERHEAD: usize = OVERHEAD;

    /// Whether keys of so many bits are available.
    pub(crate) const fn available(bits: u16) -> bool {
        matches!(bits, 128 | 256)
    }

    pub(crate) fn new(key: &[u8]) -> Result<Self, Failed> {
        let bits = match key.len() {
            16 => 128,
            32 => 256,
            _ => return Err(Failed),
        };
        let mut bytes = [0; 32];
        bytes.get_mut(..key.len()).ok_or(Failed)?.copy_from_slice(key);
        Ok(Self { bytes, bits })
    }

    fn keyed(&self) -> Result<AesKek, Failed> {
        Ok(match self.bits {
            128 => AesKek::new(&AES_128, self.bytes.get(..16).ok_or(Failed)?)?,
            _ => AesKek::new(&AES_256, &self.bytes)?,
        })
    }

    pub(crate) fn wrap(&self, cek: &[u8]) -> Result<StackBytes<{ MAX_CEK + OVERHEAD }>, Failed> {
        let mut wrapped = StackBytes::zeroed(cek.len() + OVERHEAD).ok_or(Failed)?;
        self.keyed()?.wrap(cek, wrapped.as_mut_slice())?;
        Ok(wrapped)
    }

    /// Unwraps a key of exactly `len` bytes; anything else is refused before any cryptography.
    pub(crate) fn unwrap(&self, wrapped: &[u8], len: usize) -> Result<StackBytes<MAX_CEK>, Failed> {
        if wrapped.len() != len + OVERHEAD {
            return Err(Failed);
        }
        let mut cek = StackBytes::zeroed(len).ok_or(Failed)?;
        self.keyed()?.unwrap(wrapped, cek.as_mut_slice())?;
        Ok(cek)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_the_vector_of_rfc_3394_4_1() {
        let kek = Kek::new(&std::array::from_fn::<u8, 16, _>(|i| i as u8)).unwrap();
        let cek: [u8; 16] = std::array::from_fn(|i| (i as u8) * 0x11);
        let wrapped = kek.wrap(&cek).unwrap();
        assert_eq!(wrapped.as_slice()[..8], [0x1f, 0xa6, 0x8b, 0x0a, 0x81, 0x12, 0xb4, 0x47]);
        assert_eq!(kek.unwrap(wrapped.as_slice(), 16).unwrap().as_slice(), cek);
    }

    #[test]
    fn refuses_lengths_and_changes() {
        let kek = Kek::new(&[7; 32]).unwrap();
        let wrapped = kek.wrap(&[9; 32]).unwrap();
        for len in 0..wrapped.as_slice().len() {
            assert!(kek.unwrap(&wrapped.as_slice()[..len], 32).is_err());
        }
        let mut changed = wrapped.as_slice().to_vec();
        changed[0] ^= 1;
        assert!(kek.unwrap(&changed, 32).is_err());
        assert!(Kek::new(&[0; 24]).is_err());
    }
}
