//! The floor: a token with the bare primitive of one library, base64url and serde_json, and nothing else. No header is
//! checked, no cookie is parsed, no claim is looked at. The report takes the fastest library for each family.

mod aws_lc;
mod jwe;
mod jws;
mod management;
mod openssl;
mod ring;
mod rust_crypto;

use crate::claims::Stamped;
use crate::family::Keys;
use crate::subject::Subject;

/// base64url without padding, by the fastest engine of the crate that the library uses too.
pub mod base64url {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    pub fn encode_into(bytes: &[u8], out: &mut String) {
        URL_SAFE_NO_PAD.encode_string(bytes, out);
    }

    /// # Errors
    ///
    /// What is no base64url.
    pub fn decode(text: &str) -> Result<Vec<u8>, base64::DecodeError> {
        URL_SAFE_NO_PAD.decode(text)
    }
}

/// What a library has for the families; none where it lacks a primitive.
trait Library: 'static {
    const NAME: &'static str;
    type Gcm: Gcm;

    fn signature(keys: &Keys) -> Option<Box<dyn Signature>>;

    fn random(out: &mut [u8]);
    fn gcm(key: &[u8; 32]) -> Self::Gcm;
    fn key_wrap(kek: &[u8]) -> Option<Box<dyn KeyWrap>>;
    fn pbkdf2(password: &[u8], salt: &[u8], iterations: u32) -> Option<[u8; 16]>;
    fn sha256(message: &[u8]) -> [u8; 32];
    fn agreement(keys: &Keys) -> Option<Box<dyn Agreement>>;
    fn oaep(keys: &Keys) -> Option<Box<dyn Oaep>>;
}

trait Signature {
    fn sign(&self, input: &[u8], take: &mut dyn FnMut(&[u8]));
    fn verify(&self, input: &[u8], signature: &[u8]) -> bool;
}

/// AES-256-GCM with one key.
trait Gcm: 'static {
    /// Encrypts in place and appends the tag.
    fn seal(&self, nonce: [u8; 12], aad: &[u8], data: &mut Vec<u8>);
    /// Decrypts in place and removes the tag.
    fn open(&self, nonce: [u8; 12], aad: &[u8], data: &mut Vec<u8>) -> bool;
}

/// AES key wrap (RFC 3394) of a 256-bit key.
trait KeyWrap {
    fn wrap(&self, cek: &[u8; 32]) -> [u8; 40];
    fn unwrap(&self, wrapped: &[u8]) -> [u8; 32];
}

trait Agreement {
    /// A new key pair's public half, and what it agrees on with the recipient's.
    fn ephemeral(&self) -> (Vec<u8>, [u8; 32]);
    fn agree(&self, ephemeral: &[u8]) -> [u8; 32];
}

trait Oaep {
    fn encrypt(&self, cek: &[u8; 32]) -> Vec<u8>;
    fn decrypt(&self, encrypted: &[u8]) -> [u8; 32];
}

/// The family's floor with each library that has all it needs.
pub fn subjects(keys: &Keys, claims: &Stamped) -> Vec<Subject> {
    [
        subject::<aws_lc::AwsLc>(keys, claims),
        subject::<ring::Ring>(keys, claims),
        subject::<rust_crypto::RustCrypto>(keys, claims),
        subject::<openssl::OpenSsl>(keys, claims),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn subject<L: Library>(keys: &Keys, claims: &Stamped) -> Option<Subject> {
    if keys.family.is_signed() {
        Some(jws::subject(L::NAME, keys, L::signature(keys)?, claims))
    } else {
        Some(jwe::subject::<L>(keys.family, management::of::<L>(keys)?, claims))
    }
}

/// The libraries' names: subjects that are floors.
pub const NAMES: [&str; 4] =
    [aws_lc::AwsLc::NAME, ring::Ring::NAME, rust_crypto::RustCrypto::NAME, openssl::OpenSsl::NAME];

/// A protected header with the members that `unjwt` writes, encoded.
fn header_segment(keys: &Keys, members: &str) -> String {
    let alg = keys.family.alg();
    let enc = if keys.family.is_signed() { "" } else { r#","enc":"A256GCM""# };
    let kid = keys.kid().map_or_else(String::new, |kid| format!(r#""kid":"{kid}","#));
    let header = format!(r#"{{{kid}"typ":"sid+jwt",{members}"alg":"{alg}"{enc}}}"#);
    let mut segment = String::with_capacity(header.len() * 2);
    base64url::encode_into(header.as_bytes(), &mut segment);
    segment
}
