//! ring, which has no key wrap, no RSA encryption and only ephemeral agreement keys.

use std::num::NonZeroU32;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256,
    RsaEncoding, RsaKeyPair, UnparsedPublicKey,
};
use ring::{digest, hmac, pbkdf2};

use super::{Agreement, Gcm, KeyWrap, Library, Oaep, Signature};
use crate::family::{Family, Keys};

pub(super) struct Ring;

type Public = UnparsedPublicKey<Vec<u8>>;

impl Library for Ring {
    const NAME: &'static str = "ring";
    type Gcm = LessSafeKey;

    fn signature(keys: &Keys) -> Option<Box<dyn Signature>> {
        let random = SystemRandom::new();
        let rsa = |padding: &'static dyn RsaEncoding, algorithm| {
            let key = RsaKeyPair::from_pkcs8(&keys.private_der()).expect("a key");
            Rsa { public: Public::new(algorithm, key.public_key().as_ref().to_vec()), key, padding }
        };
        Some(match keys.family {
            Family::Hs256 => Box::new(hmac::Key::new(hmac::HMAC_SHA256, &keys.secret())),
            Family::Rs256 => Box::new(rsa(&RSA_PKCS1_SHA256, &RSA_PKCS1_2048_8192_SHA256)),
            Family::Ps256 => Box::new(rsa(&RSA_PSS_SHA256, &RSA_PSS_2048_8192_SHA256)),
            Family::Es256 => {
                let der = keys.private_der();
                let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &random);
                let key = key.expect("a key");
                Box::new((Public::new(&ECDSA_P256_SHA256_FIXED, key.public_key().as_ref().to_vec()), key))
            }
            Family::EdDsa => {
                let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&keys.private_der()).expect("a key");
                Box::new((Public::new(&ED25519, key.public_key().as_ref().to_vec()), key))
            }
            _ => return None,
        })
    }

    fn random(out: &mut [u8]) {
        SystemRandom::new().fill(out).expect("randomness");
    }

    fn gcm(key: &[u8; 32]) -> LessSafeKey {
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("a key"))
    }

    fn key_wrap(_: &[u8]) -> Option<Box<dyn KeyWrap>> {
        None
    }

    fn pbkdf2(password: &[u8], salt: &[u8], iterations: u32) -> Option<[u8; 16]> {
        let mut key = [0; 16];
        let iterations = NonZeroU32::new(iterations).expect("some");
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, salt, password, &mut key);
        Some(key)
    }

    fn sha256(message: &[u8]) -> [u8; 32] {
        digest::digest(&digest::SHA256, message).as_ref().try_into().expect("32 bytes")
    }

    fn agreement(_: &Keys) -> Option<Box<dyn Agreement>> {
        None
    }

    fn oaep(_: &Keys) -> Option<Box<dyn Oaep>> {
        None
    }
}

impl Signature for hmac::Key {
    fn sign(&self, input: &[u8], take: &mut dyn FnMut(&[u8])) {
        take(hmac::sign(self, input).as_ref());
    }

    fn verify(&self, input: &[u8], signature: &[u8]) -> bool {
        hmac::verify(self, input, signature).is_ok()
    }
}

struct Rsa {
    key: RsaKeyPair,
    public: Public,
    padding: &'static dyn RsaEncoding,
}

impl Signature for Rsa {
    fn sign(&self, input: &[u8], take: &mut dyn FnMut(&[u8])) {
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key.sign(self.padding, &SystemRandom::new(), input, &mut signature).expect("a signature");
        take(&signature);
    }

    fn verify(&self, input: &[u8], signature: &[u8]) -> bool {
        self.public.verify(input, signature).is_ok()
    }
}

impl Signature for (Public, EcdsaKeyPair) {
    fn sign(&self, input: &[u8], take: &mut dyn FnMut(&[u8])) {
        take(self.1.sign(&SystemRandom::new(), input).expect("a signature").as_ref());
    }

    fn verify(&self, input: &[u8], signature: &[u8]) -> bool {
        self.0.verify(input, signature).is_ok()
    }
}

impl Signature for (Public, Ed25519KeyPair) {
    fn sign(&self, input: &[u8], take: &mut dyn FnMut(&[u8])) {
        take(self.1.sign(input).as_ref());
    }

    fn verify(&self, input: &[u8], signature: &[u8]) -> bool {
        self.0.verify(input, signature).is_ok()
    }
}

impl Gcm for LessSafeKey {
    fn seal(&self, nonce: [u8; 12], aad: &[u8], data: &mut Vec<u8>) {
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.seal_in_place_append_tag(nonce, Aad::from(aad), data).expect("it encrypts");
    }

    fn open(&self, nonce: [u8; 12], aad: &[u8], data: &mut Vec<u8>) -> bool {
        let nonce = Nonce::assume_unique_for_key(nonce);
        let len = self.open_in_place(nonce, Aad::from(aad), data).map(|plain| plain.len());
        len.map(|len| data.truncate(len)).is_ok()
    }
}
