use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, Algorithm, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey,
    PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac::Tag;
use aws_lc_rs::iv::FixedLength;
use zeroize::Zeroizing;

use super::hmac::HmacKey;
use super::{Failed, StackBytes};
use crate::alg::{AesKey, Hash};

const BLOCK: usize = 16;

/// AES-CBC and HMAC, encrypt then MAC (RFC 7518 §5.2).
pub(super) struct CbcHmac {
    mac: HmacKey,
    cipher: &'static Algorithm,
    /// On the heap, so that no move of the struct leaves a copy behind.
    key: Zeroizing<Vec<u8>>,
    tag_len: usize,
}

impl CbcHmac {
    /// The first half of `key` authenticates and the second encrypts (RFC 7518 §5.2.2.1); the tag is as long
    /// as a half.
    pub(super) fn new(aes: AesKey, hash: Hash, key: &[u8]) -> Result<Self, Failed> {
        if key.len() != 2 * aes.len() {
            return Err(Failed);
        }
        let cipher = match aes {
            AesKey::Aes128 => &AES_128,
            AesKey::Aes192 => &AES_192,
            AesKey::Aes256 => &AES_256,
        };
        let (mac, encryption) = key.split_at(key.len() / 2);
        let key = Zeroizing::new(encryption.to_vec());
        Ok(Self { mac: HmacKey::new(hash, mac), cipher, key, tag_len: mac.len() })
    }

    /// Encrypts in place and returns the tag.
    pub(super) fn seal<const N: usize>(
        &self,
        iv: &[u8],
        aad: &[u8],
        text: &mut Vec<u8>,
    ) -> Result<StackBytes<N>, Failed> {
        let key = PaddedBlockEncryptingKey::cbc_pkcs7(self.unbound()?)?;
        key.less_safe_encrypt(text, EncryptionContext::Iv128(FixedLength::try_from(iv)?))?;
        let tag = self.tag(iv, aad, text);
        tag.as_ref().get(..self.tag_len).and_then(StackBytes::from_slice).ok_or(Failed)
    }

    /// The tag is checked before anything is decrypted, so the padding of a forgery is never looked at.
    pub(super) fn open(&self, iv: &[u8], aad: &[u8], tag: &[u8], text: &mut Vec<u8>) -> Result<(), Failed> {
        let expected = self.tag(iv, aad, text);
        verify_slices_are_equal(expected.as_ref().get(..self.tag_len).ok_or(Failed)?, tag)?;
        if text.is_empty() || !text.len().is_multiple_of(BLOCK) {
            return Err(Failed);
        }
        let key = PaddedBlockDecryptingKey::cbc_pkcs7(self.unbound()?)?;
        let len = key.decrypt(text, DecryptionContext::Iv128(FixedLength::try_from(iv)?))?.len();
        text.truncate(len);
        Ok(())
    }

    fn unbound(&self) -> Result<UnboundCipherKey, Failed> {
        Ok(UnboundCipherKey::new(self.cipher, &self.key)?)
    }

    /// RFC 7518 §5.2.2.1: over the header, the vector, the ciphertext, and the header's length in bits.
    fn tag(&self, iv: &[u8], aad: &[u8], ciphertext: &[u8]) -> Tag {
        let aad_bits = (aad.len() as u64).wrapping_mul(8).to_be_bytes();
        self.mac.sign_parts(&[aad, iv, ciphertext, &aad_bits])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seals_the_vector_of_rfc_7518_b_1() {
        let key: [u8; 32] = std::array::from_fn(|i| i as u8);
        let iv =
            [0x1a, 0xf3, 0x8c, 0x2d, 0xc2, 0xb9, 0x6f, 0xfd, 0xd8, 0x66, 0x94, 0x09, 0x23, 0x41, 0xbc, 0x04];
        let aad = b"The second principle of Auguste Kerckhoffs";
        let plain =
            b"A cipher system must not be required to be secret, and it must be able to fall into the \
                      hands of the enemy without inconvenience";
        let key = CbcHmac::new(AesKey::Aes128, Hash::Sha256, &key).unwrap();
        let mut text = plain.to_vec();
        let tag: StackBytes<32> = key.seal(&iv, aad, &mut text).unwrap();
        assert_eq!(text[..8], [0xc8, 0x0e, 0xdf, 0xa3, 0x2d, 0xdf, 0x39, 0xd5]);
        assert_eq!(
            tag.as_slice(),
            [0x65, 0x2c, 0x3f, 0xa3, 0x6b, 0x0a, 0x7c, 0x5b, 0x32, 0x19, 0xfa, 0xb3, 0xa3, 0x0b, 0xc1, 0xc4]
        );
        key.open(&iv, aad, tag.as_slice(), &mut text).unwrap();
        assert_eq!(text, plain);
    }

    #[test]
    fn a_genuine_tag_over_no_whole_blocks_is_refused() {
        let key = CbcHmac::new(AesKey::Aes256, Hash::Sha512, &[7; 64]).unwrap();
        for len in [0, 1, 15, 17, 31] {
            let mut text = vec![0; len];
            let tag = key.tag(&[1; 16], b"aad", &text);
            assert!(key.open(&[1; 16], b"aad", &tag.as_ref()[..32], &mut text).is_err(), "{len}");
        }
    }

    /// Decrypting happens in place: text that is as it was has not been decrypted.
    #[test]
    fn under_a_wrong_tag_nothing_is_decrypted() {
        let key = CbcHmac::new(AesKey::Aes256, Hash::Sha512, &[7; 64]).unwrap();
        let mut genuine = b"a text of more than one block".to_vec();
        let tag: StackBytes<32> = key.seal(&[1; 16], b"aad", &mut genuine).unwrap();
        for text in [genuine.clone(), vec![0x5a; 64], vec![0x5a; 17], Vec::new()] {
            let mut opened = text.clone();
            assert!(key.open(&[1; 16], b"add", tag.as_slice(), &mut opened).is_err());
            assert_eq!(opened, text);
        }
        // The control: under the right one it is.
        let mut opened = genuine.clone();
        key.open(&[1; 16], b"aad", tag.as_slice(), &mut opened).unwrap();
        assert_ne!(opened, genuine);
    }
}
