//! Tokens that no honest writer makes, under the right key.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{hmac, pbkdf2};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use unjwt::Jwk;

pub const HMAC_KEY: [u8; 32] = [5; 32];
pub const CONTENT_KEY: [u8; 32] = [6; 32];

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// `CONTENT_KEY` as a JWK for `alg`.
pub fn oct(alg: &str) -> Jwk {
    Jwk::from_json(&format!(r#"{{"kty":"oct","alg":"{alg}","k":"{}"}}"#, encode(CONTENT_KEY))).unwrap()
}

/// An HS256 token under `HMAC_KEY` with any header and payload.
pub fn signed(header: &Value, payload: impl AsRef<[u8]>) -> String {
    signed_with(&HMAC_KEY, header, payload)
}

/// An HS256 token under any key.
pub fn signed_with(key: &[u8], header: &Value, payload: impl AsRef<[u8]>) -> String {
    let input = format!("{}.{}", encode(header.to_string()), encode(payload));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), input.as_bytes());
    format!("{input}.{}", encode(tag))
}

/// The same over the payload as it is (RFC 7797).
pub fn signed_unencoded(header: &Value, payload: &str) -> String {
    let input = format!("{}.{payload}", encode(header.to_string()));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &HMAC_KEY), input.as_bytes());
    format!("{input}.{}", encode(tag))
}

/// A `dir` token with `A256GCM` under `CONTENT_KEY` with any header and plaintext.
pub fn sealed(header: &Value, plaintext: impl AsRef<[u8]>) -> String {
    sealed_under(&CONTENT_KEY, header, plaintext)
}

fn sealed_under(key: &[u8], header: &Value, plaintext: impl AsRef<[u8]>) -> String {
    let aad = encode(header.to_string());
    let gcm = if key.len() == 16 { &AES_128_GCM } else { &AES_256_GCM };
    let key = LessSafeKey::new(UnboundKey::new(gcm, key).unwrap());
    let nonce = [9; 12];
    let mut text = plaintext.as_ref().to_vec();
    let tag = key
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad.as_bytes()), &mut text)
        .unwrap();
    format!("{aad}..{}.{}.{}", encode(nonce), encode(text), encode(tag))
}

/// A token as a stranger would forge it for a password session: everything but the password.
pub fn forged_for_a_password(alg: &str, iterations: u64, salt: u8) -> String {
    let header = serde_json::json!({
        "alg": alg, "enc": "A256GCM", "typ": "user+jwt", "p2c": iterations, "p2s": encode([salt; 16]),
    });
    format!(
        "{}.{}.{}.{}.{}",
        encode(header.to_string()),
        encode([1; 40]),
        encode([2; 12]),
        encode([3; 64]),
        encode([4; 16])
    )
}

/// Bytes that depend on a password alone, as a `dir` key.
pub fn password_bytes(password: &str) -> [u8; 32] {
    let mut key = [0; 32];
    let one = std::num::NonZeroU32::MIN;
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, one, b"", password.as_bytes(), &mut key);
    key
}

/// A `dir` token under any key: AES-GCM by its length.
pub fn sealed_with(key: &[u8], header: &Value, plaintext: impl AsRef<[u8]>) -> String {
    sealed_under(key, header, plaintext)
}
