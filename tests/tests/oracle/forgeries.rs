//! Tokens that are refused for every reason there is.

use aws_lc_rs::hmac;
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512,
    OaepPublicEncryptingKey, PublicEncryptingKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use unjwt::Jwk;
use unjwt::jose::Enc;

use super::craft::{encode, sealed_with};
use super::keys::Family;
use super::support::base64_url;

/// The token's segments, decoded.
fn bytes(token: &str) -> Vec<Vec<u8>> {
    token.split('.').map(base64_url).collect()
}

fn joined(segments: &[Vec<u8>]) -> String {
    segments.iter().map(encode).collect::<Vec<_>>().join(".")
}

/// Changes of a genuine token; `second` is another one of the same session.
pub fn changed(genuine: &str, second: &str) -> Vec<(String, String)> {
    const NAMES: [&str; 5] = ["header", "encrypted key", "vector", "ciphertext", "tag"];
    let (first, second) = (bytes(genuine), bytes(second));
    let mut forged = Vec::new();
    for (index, name) in NAMES.into_iter().enumerate().skip(1).filter(|(index, _)| !first[*index].is_empty())
    {
        let len = first[index].len();
        for at in [0, len / 2, len - 1] {
            let mut segments = first.clone();
            segments[index][at] ^= 1;
            forged.push((format!("{name}: byte {at}"), joined(&segments)));
        }
        for (what, content) in [
            ("zeros", vec![0; len]),
            ("ones", vec![0xff; len]),
            ("of another token", second[index].clone()),
            ("one byte less", first[index][..len - 1].to_vec()),
            ("one byte more", [&first[index][..], &[0]].concat()),
            ("empty", Vec::new()),
        ] {
            let mut segments = first.clone();
            segments[index] = content;
            forged.push((format!("{name}: {what}"), joined(&segments)));
        }
    }
    let mixed = |from: &[usize]| {
        let pick = |index| if from.contains(&index) { second[index].clone() } else { first[index].clone() };
        joined(&(0..5).map(pick).collect::<Vec<_>>())
    };
    forged.push(("header and key of another token".to_owned(), mixed(&[0, 1])));
    forged.push(("content of another token".to_owned(), mixed(&[2, 3, 4])));
    for blocks in [1, 2, 5] {
        let mut segments = first.clone();
        segments[3] = vec![0x5a; 16 * blocks];
        forged.push((format!("ciphertext: {blocks} other blocks"), joined(&segments)));
    }
    // The parameters of key management are part of the header.
    let header: Value = serde_json::from_slice(&first[0]).unwrap();
    for name in ["p2s", "iv", "tag"] {
        if let Some(own) = header[name].as_str() {
            let mut other = header.clone();
            other[name] = encode(vec![7; base64_url(own).len()]).into();
            let segments = [vec![other.to_string().into_bytes()], first[1..].to_vec()].concat();
            forged.push((format!("header: another `{name}`"), joined(&segments)));
        }
    }
    if header["epk"].is_object() {
        let mut off = header.clone();
        let len = base64_url(header["epk"]["x"].as_str().unwrap()).len();
        off["epk"]["x"] = encode(vec![0; len]).into();
        let segments = [vec![off.to_string().into_bytes()], first[1..].to_vec()].concat();
        forged.push(("header: a point off the curve, or of small order".to_owned(), joined(&segments)));
    }
    forged
}

/// Tokens that only the holder of the key can make, in which a tag or a padding is right but something behind
/// it is wrong.
pub fn under_the_key(family: &Family, genuine: &str) -> Vec<(String, String)> {
    let Some(jwk) = &family.jwk else { return Vec::new() };
    match jwk.alg() {
        Some("dir") => direct(jwk, family.enc),
        Some(alg) if alg.starts_with("RSA") => oaep(jwk, alg, genuine),
        _ => Vec::new(),
    }
}

fn direct(jwk: &Jwk, enc: Enc) -> Vec<(String, String)> {
    let header = json!({"alg": "dir", "enc": enc.name(), "typ": "user+jwt"});
    let members = serde_json::to_value(jwk).unwrap();
    let key = base64_url(members["k"].as_str().unwrap());
    if enc == Enc::A256Gcm {
        let texts = ["", "{", "null", "[]", "{}", "\u{0}", "{\"jti\":\"a\",\"jti\":\"a\"}"];
        return texts.map(|text| (format!("plaintext {text:?}"), sealed_with(&key, &header, text))).to_vec();
    }
    // The right tag over what no plaintext encrypts to.
    [0, 1, 15, 16, 17, 32, 64]
        .map(|len| {
            (format!("right tag, {len} bytes that are no text"), tagged(&key, &header, &vec![0x5a; len]))
        })
        .to_vec()
}

/// A token under a key of A256CBC-HS512 with a genuine tag over any bytes (RFC 7518 §5.2.2.1).
pub fn tagged(key: &[u8], header: &Value, ciphertext: &[u8]) -> String {
    let aad = encode(header.to_string());
    let iv = [9; 16];
    let mut input = [aad.as_bytes(), &iv, ciphertext].concat();
    input.extend((aad.len() as u64 * 8).to_be_bytes());
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA512, &key[..32]), &input);
    format!("{aad}..{}.{}.{}", encode(iv), encode(ciphertext), encode(&tag.as_ref()[..32]))
}

/// A genuine token with content keys that are rightly encrypted and wrong.
fn oaep(jwk: &Jwk, alg: &str, genuine: &str) -> Vec<(String, String)> {
    [0, 16, 31, 32, 33, 48, 64]
        .map(|len| {
            let mut segments = bytes(genuine);
            segments[1] = rightly_encrypted(jwk, alg, &vec![0x5a; len]);
            (format!("right padding, a wrong key of {len} bytes"), joined(&segments))
        })
        .to_vec()
}

/// RSAES-OAEP of a content key.
pub fn rightly_encrypted(jwk: &Jwk, alg: &str, cek: &[u8]) -> Vec<u8> {
    let pem = jwk.to_public_pem().unwrap();
    let der: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let key = PublicEncryptingKey::from_der(&STANDARD.decode(der).unwrap()).unwrap();
    let key = OaepPublicEncryptingKey::new(key).unwrap();
    let algorithm = match alg {
        "RSA-OAEP-256" => &OAEP_SHA256_MGF1SHA256,
        "RSA-OAEP-384" => &OAEP_SHA384_MGF1SHA384,
        "RSA-OAEP-512" => &OAEP_SHA512_MGF1SHA512,
        _ => &OAEP_SHA1_MGF1SHA1,
    };
    let mut encrypted = vec![0; key.ciphertext_size()];
    key.encrypt(algorithm, cek, &mut encrypted, None).unwrap();
    encrypted
}
