use aes_kw::{KeyInit as _, KwAes192};
use aws_lc_rs::key_wrap::{AES_128, AES_256, AesKek, KeyWrap};
use zeroize::Zeroizing;

use super::{Failed, StackBytes};

/// The longest content encryption key (A256CBC-HS512).
pub(crate) const MAX_CEK: usize = 64;
/// The bytes that AES key wrap adds (RFC 3394 §2.2.1).
pub(crate) const OVERHEAD: usize = 8;

/// A key encryption key for AES key wrap (RFC 3394).
///
/// On the heap, so that no move leaves a copy behind.
#[derive(zeroize::ZeroizeOnDrop)]
pub(crate) struct Kek(Zeroizing<Vec<u8>>);

/// One of two libraries: AWS-LC wraps with 128 and 256 bits only.
enum Keyed {
    Aws(AesKek),
    Aes192(Box<KwAes192>),
}

impl Kek {
    /// The bytes that wrapping adds to a key.
    pub(crate) const OVERHEAD: usize = OVERHEAD;

    /// Fails unless `key` has 16, 24 or 32 bytes.
    pub(crate) fn new(key: &[u8]) -> Result<Self, Failed> {
        if !matches!(key.len(), 16 | 24 | 32) {
            return Err(Failed);
        }
        Ok(Self(Zeroizing::new(key.to_vec())))
    }

    fn keyed(&self) -> Result<Keyed, Failed> {
        let key = self.0.as_slice();
        Ok(match key.len() {
            16 => Keyed::Aws(AesKek::new(&AES_128, key)?),
            24 => Keyed::Aes192(Box::new(KwAes192::new_from_slice(key).map_err(|_| Failed)?)),
            32 => Keyed::Aws(AesKek::new(&AES_256, key)?),
            _ => return Err(Failed),
        })
    }

    pub(crate) fn wrap(&self, cek: &[u8]) -> Result<StackBytes<{ MAX_CEK + OVERHEAD }>, Failed> {
        let mut wrapped = StackBytes::zeroed(cek.len() + OVERHEAD).ok_or(Failed)?;
        match self.keyed()? {
            Keyed::Aws(kek) => drop(kek.wrap(cek, wrapped.as_mut_slice())?),
            Keyed::Aes192(kek) => drop(kek.wrap_key(cek, wrapped.as_mut_slice()).map_err(|_| Failed)?),
        }
        Ok(wrapped)
    }

    /// Unwraps a key of exactly `len` bytes; anything else is refused before any cryptography.
    pub(crate) fn unwrap(&self, wrapped: &[u8], len: usize) -> Result<StackBytes<MAX_CEK>, Failed> {
        if wrapped.len() != len + OVERHEAD {
            return Err(Failed);
        }
        let mut cek = StackBytes::zeroed(len).ok_or(Failed)?;
        match self.keyed()? {
            Keyed::Aws(kek) => drop(kek.unwrap(wrapped, cek.as_mut_slice())?),
            Keyed::Aes192(kek) => drop(kek.unwrap_key(wrapped, cek.as_mut_slice()).map_err(|_| Failed)?),
        }
        Ok(cek)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_the_vectors_of_rfc_3394_4_1_to_4_3() {
        let key: [u8; 32] = std::array::from_fn(|i| i as u8);
        let cek: [u8; 16] = std::array::from_fn(|i| (i as u8) * 0x11);
        for (len, front) in [
            (16, [0x1f, 0xa6, 0x8b, 0x0a, 0x81, 0x12, 0xb4, 0x47]),
            (24, [0x96, 0x77, 0x8b, 0x25, 0xae, 0x6c, 0xa4, 0x35]),
            (32, [0x64, 0xe8, 0xc3, 0xf9, 0xce, 0x0f, 0x5b, 0xa2]),
        ] {
            let kek = Kek::new(&key[..len]).unwrap();
            let wrapped = kek.wrap(&cek).unwrap();
            assert_eq!(wrapped.as_slice()[..8], front);
            assert_eq!(kek.unwrap(wrapped.as_slice(), 16).unwrap().as_slice(), cek);
        }
    }

    #[test]
    fn refuses_lengths_and_changes() {
        for len in [16, 24, 32] {
            let kek = Kek::new(&vec![7; len]).unwrap();
            let wrapped = kek.wrap(&[9; 32]).unwrap();
            for len in 0..wrapped.as_slice().len() {
                assert!(kek.unwrap(&wrapped.as_slice()[..len], 32).is_err());
            }
            for at in 0..wrapped.as_slice().len() {
                let mut changed = wrapped.as_slice().to_vec();
                changed[at] ^= 1;
                assert!(kek.unwrap(&changed, 32).is_err());
            }
        }
        for len in [0, 8, 15, 17, 23, 25, 31, 33, 64] {
            assert!(Kek::new(&vec![0; len]).is_err());
        }
    }
}
