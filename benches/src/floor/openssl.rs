//! OpenSSL, of the version that is on the machine.

use openssl::aes::{AesKey, unwrap_key, wrap_key};
use openssl::bn::BigNum;
use openssl::bn::BigNumContext;
use openssl::derive::Deriver;
use openssl::ec::{EcGroup, EcKey, EcPoint, PointConversionForm};
use openssl::ecdsa::EcdsaSig;
use openssl::encrypt::{Decrypter, Encrypter};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Private, Public};
use openssl::rsa::Padding;
use openssl::sign::{RsaPssSaltlen, Signer, Verifier};
use openssl::symm::{Cipher, decrypt_aead, encrypt_aead};

use super::{Agreement, Gcm, KeyWrap, Library, Oaep, Signature};
use crate::family::{Family, Keys};

pub(super) struct OpenSsl;

impl Library for OpenSsl {
    const NAME: &'static str = "OpenSSL";
    type Gcm = GcmKey;

    fn signature(keys: &Keys) -> Option<Box<dyn Signature>> {
        let pair = || (keys.private_key(), keys.public_key());
        Some(match keys.family {
            Family::Hs256 => Box::new(HmacKey(PKey::hmac(&keys.secret()).expect("a key"))),
            Family::Rs256 | Family::Ps256 => {
                let (private, public) = pair();
                Box::new(Rsa { private, public, pss: keys.family == Family::Ps256 })
            }
            Family::Es256 => {
                let (private, public) = pair();
                Box::new(Ec { private, public })
            }
            Family::EdDsa => {
                let (private, public) = pair();
                Box::new(Ed { private, public })
            }
            _ => return None,
        })
    }

    fn random(out: &mut [u8]) {
        openssl::rand::rand_bytes(out).expect("randomness");
    }

    fn gcm(key: &[u8; 32]) -> GcmKey {
        GcmKey(*key)
    }

    fn key_wrap(kek: &[u8]) -> Option<Box<dyn KeyWrap>> {
        let keys = (AesKey::new_encrypt(kek).ok()?, AesKey::new_decrypt(kek).ok()?);
        Some(Box::new(keys))
    }

    fn pbkdf2(password: &[u8], salt: &[u8], iterations: u32) -> Option<[u8; 16]> {
        let mut key = [0; 16];
        let digest = MessageDigest::sha256();
        openssl::pkcs5::pbkdf2_hmac(password, salt, iterations as usize, digest, &mut key).ok()?;
        Some(key)
    }

    fn sha256(message: &[u8]) -> [u8; 32] {
        openssl::sha::sha256(message)
    }

    fn agreement(keys: &Keys) -> Option<Box<dyn Agreement>> {
        let (private, public) = (keys.private_key(), keys.public_key());
        Some(match keys.family {
            Family::EcdhP256 => Box::new(P256 { private, public }),
            _ => Box::new(X25519 { private, public }),
        })
    }

    fn oaep(keys: &Keys) -> Option<Box<dyn Oaep>> {
        Some(Box::new(OaepPair { private: keys.private_key(), public: keys.public_key() }))
    }
}

struct HmacKey(PKey<Private>);

impl Signature for HmacKey {
    fn sign(&self, input: &[u8], take: &mut dyn FnMut(&[u8])) {
        let mut signer = Signer::new(MessageDigest::sha256(), &self.0).expect("a signer");
        take(&signer.sign_oneshot_to_vec(input).expect("a signature"));
    }

    fn verify(&self, input: &[u8], signature: &[u8]) -> bool {
        let mut is_equal = false;
        self.sign(input, &mut |own| is_equal = openssl::memcmp::eq(own, signature));
        is_equal
    }
}

struct Rsa {
    private: PKey<Private>,
    public: PKey<Public>,
    pss: bool,
}

impl Signature for Rsa {
    fn sign(&self, input: &[u8], take: &mut dyn FnMut(&[u8])) {
        let mut signer = Signer::new(MessageDigest::sha256(), &self.private).expect("a signer");
        if self.pss {
            signer.set_rsa_padding(Padding::PKCS1_PSS).expect("PSS");
            signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH).expect("PSS");
        }
        take(&signer.sign_oneshot_to_vec(input).expect("a signature"));
    }

    fn verify(&self, input: &[u8], signature: &[u8]) -> bool {
        let mut verifier = Verifier::new(MessageDigest::sha256(), &self.public).expect("a verifier");
        if self.pss {
            verifier.set_rsa_padding(Padding::PKCS1_PSS).expect("PSS");
            verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH).expect("PSS");
        }
        verifier.verify_oneshot(signature, input).expect("it verifies")
    }
}

struct Ec {
    private: PKey<Private>,
    public: PKey<Public>,
}

impl Signature for Ec {
    fn sign(&self, input: &[u8], take: &mut dyn FnMut(&[u8])) {
        let mut signer = Signer::new(MessageDigest::sha256(), &self.private).expect("a signer");
        let der = signer.sign_oneshot_to_vec(input).expect("a signature");
        let signature = EcdsaSig::from_der(&der).expect("DER");
        let [r, s] = [signature.r(), signature.s()].map(|half| half.to_vec_padded(32).expect("32 bytes"));
        take(&[r, s].concat());
    }

    fn verify(&self, input: &[u8], signature: &[u8]) -> bool {
        let (r, s) = signature.split_at(32);
        let half = |bytes| BigNum::from_slice(bytes).expect("a number");
        let der = EcdsaSig::from_private_components(half(r), half(s)).and_then(|sig| sig.to_der());
        let mut verifier = Verifier::new(MessageDigest::sha256(), &self.public).expect("a verifier");
        verifier.verify_oneshot(&der.expect("DER"), input).expect("it verifies")
    }
}

struct Ed {
    private: PKey<Private>,
    public: PKey<Public>,
}

impl Signature for Ed {
    fn sign(&self, input: &[u8], take: &mut dyn FnMut(&[u8])) {
        let mut signer = Signer::new_without_digest(&self.private).expect("a signer");
        take(&signer.sign_oneshot_to_vec(input).expect("a signature"));
    }

    fn verify(&self, input: &[u8], signature: &[u8]) -> bool {
        let mut verifier = Verifier::new_without_digest(&self.public).expect("a verifier");
        verifier.verify_oneshot(signature, input).expect("it verifies")
    }
}

pub(super) struct GcmKey([u8; 32]);

impl Gcm for GcmKey {
    fn seal(&self, nonce: [u8; 12], aad: &[u8], data: &mut Vec<u8>) {
        let mut tag = [0; 16];
        let sealed = encrypt_aead(Cipher::aes_256_gcm(), &self.0, Some(&nonce), aad, data, &mut tag);
        *data = sealed.expect("it encrypts");
        data.extend_from_slice(&tag);
    }

    fn open(&self, nonce: [u8; 12], aad: &[u8], data: &mut Vec<u8>) -> bool {
        let (sealed, tag) = data.split_at(data.len() - 16);
        match decrypt_aead(Cipher::aes_256_gcm(), &self.0, Some(&nonce), aad, sealed, tag) {
            Ok(plain) => {
                *data = plain;
                true
            }
            Err(_) => false,
        }
    }
}

impl KeyWrap for (AesKey, AesKey) {
    fn wrap(&self, cek: &[u8; 32]) -> [u8; 40] {
        let mut wrapped = [0; 40];
        wrap_key(&self.0, None, &mut wrapped, cek).expect("it wraps");
        wrapped
    }

    fn unwrap(&self, wrapped: &[u8]) -> [u8; 32] {
        let mut cek = [0; 32];
        unwrap_key(&self.1, None, &mut cek, wrapped).expect("it unwraps");
        cek
    }
}

fn shared(private: &PKey<Private>, public: &PKey<Public>) -> [u8; 32] {
    let mut deriver = Deriver::new(private).expect("a deriver");
    deriver.set_peer(public).expect("a point");
    deriver.derive_to_vec().expect("an agreement").try_into().expect("32 bytes")
}

struct P256 {
    private: PKey<Private>,
    public: PKey<Public>,
}

impl P256 {
    fn group() -> EcGroup {
        EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("P-256")
    }
}

impl Agreement for P256 {
    fn ephemeral(&self) -> (Vec<u8>, [u8; 32]) {
        let group = Self::group();
        let key = EcKey::generate(&group).expect("a key");
        let mut numbers = BigNumContext::new().expect("memory");
        let point = key.public_key().to_bytes(&group, PointConversionForm::UNCOMPRESSED, &mut numbers);
        let key = PKey::from_ec_key(key).expect("a key");
        (point.expect("a point"), shared(&key, &self.public))
    }

    fn agree(&self, ephemeral: &[u8]) -> [u8; 32] {
        let group = Self::group();
        let mut numbers = BigNumContext::new().expect("memory");
        let point = EcPoint::from_bytes(&group, ephemeral, &mut numbers).expect("a point");
        let key = EcKey::from_public_key(&group, &point).and_then(PKey::from_ec_key).expect("a key");
        shared(&self.private, &key)
    }
}

struct X25519 {
    private: PKey<Private>,
    public: PKey<Public>,
}

impl Agreement for X25519 {
    fn ephemeral(&self) -> (Vec<u8>, [u8; 32]) {
        let key = PKey::generate_x25519().expect("a key");
        (key.raw_public_key().expect("32 bytes"), shared(&key, &self.public))
    }

    fn agree(&self, ephemeral: &[u8]) -> [u8; 32] {
        let key = PKey::public_key_from_raw_bytes(ephemeral, Id::X25519).expect("a key");
        shared(&self.private, &key)
    }
}

struct OaepPair {
    private: PKey<Private>,
    public: PKey<Public>,
}

impl Oaep for OaepPair {
    fn encrypt(&self, cek: &[u8; 32]) -> Vec<u8> {
        let mut encrypter = Encrypter::new(&self.public).expect("an encrypter");
        encrypter.set_rsa_padding(Padding::PKCS1_OAEP).expect("OAEP");
        encrypter.set_rsa_oaep_md(MessageDigest::sha256()).expect("OAEP");
        let mut encrypted = vec![0; encrypter.encrypt_len(cek).expect("a length")];
        let len = encrypter.encrypt(cek, &mut encrypted).expect("it encrypts");
        encrypted.truncate(len);
        encrypted
    }

    fn decrypt(&self, encrypted: &[u8]) -> [u8; 32] {
        let mut decrypter = Decrypter::new(&self.private).expect("a decrypter");
        decrypter.set_rsa_padding(Padding::PKCS1_OAEP).expect("OAEP");
        decrypter.set_rsa_oaep_md(MessageDigest::sha256()).expect("OAEP");
        let mut buffer = vec![0; decrypter.decrypt_len(encrypted).expect("a length")];
        let len = decrypter.decrypt(encrypted, &mut buffer).expect("it decrypts");
        buffer.truncate(len);
        buffer.try_into().expect("32 bytes")
    }
}
