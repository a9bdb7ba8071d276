//! RustCrypto's symmetric crates; its public-key ones are not among the fast.

use aes_gcm::aead::AeadInOut as _;
use aes_gcm::{Aes256Gcm, KeyInit as _};
use aes_kw::{KwAes128, KwAes256};
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};

use super::{Agreement, Gcm, KeyWrap, Library, Oaep, Signature};
use crate::family::{Family, Keys};

pub(super) struct RustCrypto;

impl Library for RustCrypto {
    const NAME: &'static str = "RustCrypto";
    type Gcm = Aes256Gcm;

    fn signature(keys: &Keys) -> Option<Box<dyn Signature>> {
        let key = || Hmac::<Sha256>::new_from_slice(&keys.secret()).expect("a key");
        (keys.family == Family::Hs256).then(|| Box::new(key()) as _)
    }

    fn random(out: &mut [u8]) {
        // It has none of its own; the operating system's, as all others.
        super::aws_lc::AwsLc::random(out);
    }

    fn gcm(key: &[u8; 32]) -> Aes256Gcm {
        Aes256Gcm::new(key.into())
    }

    fn key_wrap(kek: &[u8]) -> Option<Box<dyn KeyWrap>> {
        Some(if kek.len() == 16 {
            Box::new(KwAes128::new_from_slice(kek).expect("a key"))
        } else {
            Box::new(KwAes256::new_from_slice(kek).expect("a key"))
        })
    }

    fn pbkdf2(password: &[u8], salt: &[u8], iterations: u32) -> Option<[u8; 16]> {
        Some(pbkdf2::pbkdf2_hmac_array::<Sha256, 16>(password, salt, iterations))
    }

    fn sha256(message: &[u8]) -> [u8; 32] {
        Sha256::digest(message).into()
    }

    fn agreement(_: &Keys) -> Option<Box<dyn Agreement>> {
        None
    }

    fn oaep(_: &Keys) -> Option<Box<dyn Oaep>> {
        None
    }
}

impl Signature for Hmac<Sha256> {
    fn sign(&self, input: &[u8], take: &mut dyn FnMut(&[u8])) {
        take(&self.clone().chain_update(input).finalize().into_bytes());
    }

    fn verify(&self, input: &[u8], signature: &[u8]) -> bool {
        self.clone().chain_update(input).verify_slice(signature).is_ok()
    }
}

impl Gcm for Aes256Gcm {
    fn seal(&self, nonce: [u8; 12], aad: &[u8], data: &mut Vec<u8>) {
        self.encrypt_in_place(&nonce.into(), aad, data).expect("it encrypts");
    }

    fn open(&self, nonce: [u8; 12], aad: &[u8], data: &mut Vec<u8>) -> bool {
        self.decrypt_in_place(&nonce.into(), aad, data).is_ok()
    }
}

macro_rules! key_wrap {
    ($($key:ty),+) => {
        $(impl KeyWrap for $key {
            fn wrap(&self, cek: &[u8; 32]) -> [u8; 40] {
                let mut wrapped = [0; 40];
                self.wrap_key(cek, &mut wrapped).expect("it wraps");
                wrapped
            }

            fn unwrap(&self, wrapped: &[u8]) -> [u8; 32] {
                let mut cek = [0; 32];
                self.unwrap_key(wrapped, &mut cek).expect("it unwraps");
                cek
            }
        })+
    };
}

key_wrap!(KwAes128, KwAes256);
