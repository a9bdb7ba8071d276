use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use super::cbc_hmac::CbcHmac;
use super::{Failed, StackBytes};
use crate::alg::{AesKey, Content, Enc};

/// The longest authentication tag (A256CBC-HS512).
const MAX_TAG: usize = 32;

/// A keyed content encryption (RFC 7518 §5).
pub(crate) struct ContentKey {
    enc: Enc,
    cipher: Cipher,
}

enum Cipher {
    Gcm(LessSafeKey),
    CbcHmac(Box<CbcHmac>),
}

impl ContentKey {
    /// Fails unless `key` has the length that `enc` asks for.
    pub(crate) fn new(enc: Enc, key: &[u8]) -> Result<Self, Failed> {
        if key.len() != enc.key_len() {
            return Err(Failed);
        }
        let cipher = match enc.content() {
            Content::Gcm(aes) => {
                let algorithm = match aes {
                    AesKey::Aes128 => &AES_128_GCM,
                    AesKey::Aes192 => &AES_192_GCM,
                    AesKey::Aes256 => &AES_256_GCM,
                };
                Cipher::Gcm(LessSafeKey::new(UnboundKey::new(algorithm, key)?))
            }
            Content::CbcHmac(aes, hash) => Cipher::CbcHmac(Box::new(CbcHmac::new(aes, hash, key)?)),
        };
        Ok(Self { enc, cipher })
    }

    pub(crate) const fn enc(&self) -> Enc {
        self.enc
    }

    /// The ciphertext and the authentication tag. `iv` must never repeat under this key.
    pub(crate) fn seal(
        &self,
        iv: &[u8],
        aad: &[u8],
        mut text: Vec<u8>,
    ) -> Result<(Vec<u8>, StackBytes<MAX_TAG>), Failed> {
        match &self.cipher {
            Cipher::Gcm(key) => {
                let nonce = Nonce::try_assume_unique_for_key(iv)?;
                let tag = key.seal_in_place_separate_tag(nonce, Aad::from(aad), &mut text)?;
                Ok((text, StackBytes::from_slice(tag.as_ref()).ok_or(Failed)?))
            }
            Cipher::CbcHmac(key) => {
                let tag = key.seal(iv, aad, &mut text)?;
                Ok((text, tag))
            }
        }
    }

    /// Checks the tag and decrypts. Lengths other than the algorithm's are refused before any cryptography.
    pub(crate) fn open(
        &self,
        iv: &[u8],
        aad: &[u8],
        tag: &[u8],
        mut text: Vec<u8>,
    ) -> Result<Vec<u8>, Failed> {
        if iv.len() != self.enc.iv_len() || tag.len() != self.enc.tag_len() {
            return Err(Failed);
        }
        match &self.cipher {
            Cipher::Gcm(key) => {
                let nonce = Nonce::try_assume_unique_for_key(iv)?;
                key.open_in_place_separate_tag(nonce, Aad::from(aad), tag, &mut text)?;
                Ok(text)
            }
            Cipher::CbcHmac(key) => {
                key.open(iv, aad, tag, &mut text)?;
                Ok(text)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_what_it_sealed() {
        for &enc in Enc::ALL {
            let key = ContentKey::new(enc, &vec![3; enc.key_len()]).unwrap();
            let (one, two) = (vec![1; enc.iv_len()], vec![2; enc.iv_len()]);
            let (text, tag) = key.seal(&one, b"aad", b"payload".to_vec()).unwrap();
            assert_ne!(text, b"payload");

            let open = |iv: &[u8], aad: &[u8], tag: &[u8]| key.open(iv, aad, tag, text.clone());
            assert_eq!(open(&one, b"aad", tag.as_slice()).unwrap(), b"payload");
            assert!(open(&two, b"aad", tag.as_slice()).is_err());
            assert!(open(&one, b"add", tag.as_slice()).is_err());
            for len in 0..enc.tag_len() {
                assert!(open(&one, b"aad", &tag.as_slice()[..len]).is_err());
            }
            for len in (0..40).filter(|len| *len != enc.iv_len()) {
                assert!(open(&vec![1; len], b"aad", tag.as_slice()).is_err());
            }
        }
    }

    #[test]
    fn refuses_keys_of_another_length() {
        for &enc in Enc::ALL {
            for len in [0, 15, 16, 17, 24, 32, 33, 48, 64] {
                assert_eq!(ContentKey::new(enc, &vec![0; len]).is_ok(), len == enc.key_len());
            }
        }
    }
}
