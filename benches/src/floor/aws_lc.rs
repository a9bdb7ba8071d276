//! aws-lc-rs.

use std::num::NonZeroU32;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{
    self, ECDH_P256, ParsedPublicKey as Point, PrivateKey, UnparsedPublicKey, X25519,
};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::key_wrap::{AES_128, AES_256, AesKek, KeyWrap as _};
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use aws_lc_rs::rsa::{
    OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
    PublicEncryptingKey,
};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_SHA256, RsaEncoding, RsaKeyPair, VerificationAlgorithm,
};
use aws_lc_rs::{digest, hmac, pbkdf2};

use super::{Agreement, Gcm, KeyWrap, Library, Oaep, Signature};
use crate::family::{Family, Keys};

pub(super) struct AwsLc;

impl Library for AwsLc {
    const NAME: &'static str = "aws-lc-rs";
    type Gcm = LessSafeKey;

    fn signature(keys: &Keys) -> Option<Box<dyn Signature>> {
        fn public(algorithm: &'static dyn VerificationAlgorithm, key: &[u8]) -> ParsedPublicKey {
            ParsedPublicKey::new(algorithm, key).expect("a public key")
        }
        let rsa = |padding: &'static dyn RsaEncoding, algorithm| {
            let key = RsaKeyPair::from_pkcs8(&keys.private_der()).expect("a key");
            Rsa { public: public(algorithm, key.public_key().as_ref()), key, padding }
        };
        Some(match keys.family {
            Family::Hs256 => Box::new(hmac::Key::new(hmac::HMAC_SHA256, &keys.secret())),
            Family::Rs256 => Box::new(rsa(&RSA_PKCS1_SHA256, &RSA_PKCS1_2048_8192_SHA256)),
            Family::Ps256 => Box::new(rsa(&RSA_PSS_SHA256, &RSA_PSS_2048_8192_SHA256)),
            Family::Es256 => {
                let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &keys.private_der());
                let key = key.expect("a key");
                Box::new((public(&ECDSA_P256_SHA256_FIXED, key.public_key().as_ref()), key))
            }
            Family::EdDsa => {
                let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&keys.private_der()).expect("a key");
                Box::new((public(&ED25519, key.public_key().as_ref()), key))
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

    fn key_wrap(kek: &[u8]) -> Option<Box<dyn KeyWrap>> {
        Some(Box::new(Kek(kek.to_vec())))
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

    fn agreement(keys: &Keys) -> Option<Box<dyn Agreement>> {
        let curve = if keys.family == Family::EcdhP256 { &ECDH_P256 } else { &X25519 };
        let key = match keys.private_key().raw_private_key() {
            Ok(seed) => PrivateKey::from_private_key(curve, &seed),
            Err(_) => PrivateKey::from_private_key_der(curve, &keys.private_der()),
        };
        Some(Box::new(Recipient(key.expect("a key"))))
    }

    fn oaep(keys: &Keys) -> Option<Box<dyn Oaep>> {
        let der = keys.public_key().public_key_to_der().expect("DER");
        let private = PrivateDecryptingKey::from_pkcs8(&keys.private_der()).expect("a key");
        Some(Box::new((
            OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(&der).expect("a key")).expect("a key"),
            OaepPrivateDecryptingKey::new(private).expect("a key"),
        )))
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
    public: ParsedPublicKey,
    padding: &'static dyn RsaEncoding,
}

impl Signature for Rsa {
    fn sign(&self, input: &[u8], take: &mut dyn FnMut(&[u8])) {
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(self.padding, &SystemRandom::new(), input, &mut signature).expect("a signature");
        take(&signature);
    }

    fn verify(&self, input: &[u8], signature: &[u8]) -> bool {
        self.public.verify_sig(input, signature).is_ok()
    }
}

impl Signature for (ParsedPublicKey, EcdsaKeyPair) {
    fn sign(&self, input: &[u8], take: &mut dyn FnMut(&[u8])) {
        take(self.1.sign(&SystemRandom::new(), input).expect("a signature").as_ref());
    }

    fn verify(&self, input: &[u8], signature: &[u8]) -> bool {
        self.0.verify_sig(input, signature).is_ok()
    }
}

impl Signature for (ParsedPublicKey, Ed25519KeyPair) {
    fn sign(&self, input: &[u8], take: &mut dyn FnMut(&[u8])) {
        take(self.1.sign(input).as_ref());
    }

    fn verify(&self, input: &[u8], signature: &[u8]) -> bool {
        self.0.verify_sig(input, signature).is_ok()
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

/// Its key is used up by one operation.
struct Kek(Vec<u8>);

impl Kek {
    fn key(&self) -> AesKek {
        AesKek::new(if self.0.len() == 16 { &AES_128 } else { &AES_256 }, &self.0).expect("a key")
    }
}

impl KeyWrap for Kek {
    fn wrap(&self, cek: &[u8; 32]) -> [u8; 40] {
        let mut wrapped = [0; 40];
        self.key().wrap(cek, &mut wrapped).expect("it wraps");
        wrapped
    }

    fn unwrap(&self, wrapped: &[u8]) -> [u8; 32] {
        let mut cek = [0; 32];
        self.key().unwrap(wrapped, &mut cek).expect("it unwraps");
        cek
    }
}

struct Recipient(PrivateKey);

impl Recipient {
    fn shared(key: &PrivateKey, peer: &[u8]) -> [u8; 32] {
        let peer = Point::try_from(UnparsedPublicKey::new(key.algorithm(), peer)).expect("a point");
        agreement::agree(key, peer, Unspecified, |shared| Ok(shared.try_into().expect("32 bytes")))
            .expect("an agreement")
    }
}

impl Agreement for Recipient {
    fn ephemeral(&self) -> (Vec<u8>, [u8; 32]) {
        let ephemeral = PrivateKey::generate(self.0.algorithm()).expect("a key");
        let recipient = self.0.compute_public_key().expect("a point");
        let public = ephemeral.compute_public_key().expect("a point").as_ref().to_vec();
        (public, Self::shared(&ephemeral, recipient.as_ref()))
    }

    fn agree(&self, ephemeral: &[u8]) -> [u8; 32] {
        Self::shared(&self.0, ephemeral)
    }
}

impl Oaep for (OaepPublicEncryptingKey, OaepPrivateDecryptingKey) {
    fn encrypt(&self, cek: &[u8; 32]) -> Vec<u8> {
        let mut encrypted = vec![0; self.0.ciphertext_size()];
        self.0.encrypt(&OAEP_SHA256_MGF1SHA256, cek, &mut encrypted, None).expect("it encrypts");
        encrypted
    }

    fn decrypt(&self, encrypted: &[u8]) -> [u8; 32] {
        let mut buffer = vec![0; self.1.min_output_size()];
        let cek = self.1.decrypt(&OAEP_SHA256_MGF1SHA256, encrypted, &mut buffer, None);
        (&*cek.expect("it decrypts")).try_into().expect("32 bytes")
    }
}
