//! Encrypted tokens: through `unjwt::jose` with every kind of key, and through a session.

use std::sync::OnceLock;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use unjwt::{ConfigError, JweKey, Session, Tokens, jose};

use crate::claims;
use crate::material::{self, PAYLOAD, Pair, clock, key, tokens_of};
use crate::runtime::block_on;
use crate::tokens::{self, Opened, Reader};

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(
    jwe,
    name = "sealed",
    max_age = "15m",
    issuer = "https://id.example",
    audience("web", "app"),
    clock_tolerance = "30s",
    required_claims("scope")
)]
pub struct Sealed {
    pub sub: String,
    pub scope: Vec<String>,
    #[serde(default)]
    pub level: Option<u8>,
}

/// The session's tokens, with a key and a password of before among those that it reads.
pub fn session() -> Result<Tokens<Sealed>, ConfigError> {
    let password = JweKey::password("another horse, another battery").iterations(1000);
    let config = Sealed::config(JweKey::from_jwk(key("A256GCM")));
    config.also_reads(JweKey::from_jwk(key("A256KW"))).also_reads(password).clock(clock).build()
}

/// The same session under the password that it once had.
fn session_of_before() -> Result<Tokens<Sealed>, ConfigError> {
    let password = JweKey::password("another horse, another battery").iterations(1000);
    Sealed::config(password).clock(clock).build()
}

pub fn run(data: &[u8]) {
    static READERS: OnceLock<Vec<Reader>> = OnceLock::new();
    tokens::run(READERS.get_or_init(readers), seal, data);
}

fn readers() -> Vec<Reader> {
    let jose = material::encrypting().into_iter().map(|Pair { name, reader, .. }| {
        let open = move |token: &str| {
            let decrypted = jose::decrypt(token, &reader)?;
            assert_eq!(jose::decrypt(token, &reader).as_ref(), Ok(&decrypted));
            let header = token.split('.').next().and_then(|segment| BASE64.decode(segment).ok());
            let header = header.unwrap_or_else(|| panic!("{token}"));
            let header: Value = serde_json::from_slice(&header).expect("an accepted header is JSON");
            assert_eq!(header["alg"], decrypted.header.alg);
            assert_eq!(header["enc"].as_str(), decrypted.header.enc.as_deref());
            assert_eq!(header["kid"].as_str(), decrypted.header.kid.as_deref());
            Ok(decrypted.plaintext)
        };
        let sealed = (name == "A256GCM").then_some(sealed as tokens::Sealed);
        Reader::new(open, tokens_of(&format!("encrypted/{name}")), sealed)
    });
    let session = session().expect("the session's keys are sound");
    let open = move |token: &str| -> Opened {
        let current = block_on(session.unseal_without_hooks(token))?;
        Ok(serde_json::to_vec(&*current.data).expect("a session is JSON"))
    };
    let session = Reader::new(open, tokens_of("encrypted/session"), Some(session_sealed));
    jose.chain([session]).collect()
}

fn sealed(header: &str, payload: &str, opened: &[u8]) {
    assert_eq!(payload.as_bytes(), opened);
    if header.is_empty() {
        return;
    }
    let header: Value = serde_json::from_str(header).expect("an accepted header is JSON");
    assert_eq!((&header["alg"], &header["enc"]), (&Value::from("dir"), &Value::from("A256GCM")));
    for refused in ["crit", "b64", "zip", "p2s", "p2c", "epk", "apu", "apv", "iv", "tag"] {
        assert!(header.get(refused).is_none(), "{header}");
    }
}

fn session_sealed(header: &str, payload: &str, opened: &[u8]) {
    sealed(header, payload, payload.as_bytes());
    assert!(header.is_empty() || header.contains("sealed"), "{header}");
    claims::acceptable(payload, &serde_json::from_slice(opened).expect("a session is JSON"));
}

/// With the key of `dir`, whoever reads it; an empty header is the reader's own.
fn seal(reader: usize, header: &str, payload: &str) -> Option<String> {
    static KEY: OnceLock<(LessSafeKey, usize)> = OnceLock::new();
    let (key, session) = KEY.get_or_init(|| {
        let jwk = serde_json::to_value(key("A256GCM")).expect("a JWK is JSON");
        let bytes = BASE64.decode(jwk["k"].as_str().unwrap_or_default()).expect("`k` is base64url");
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &bytes).expect("32 bytes"));
        (key, material::encrypting().len())
    });
    let header = match header {
        "" if reader == *session => r#"{"alg":"dir","enc":"A256GCM","typ":"sealed+jwt"}"#,
        "" => r#"{"alg":"dir","enc":"A256GCM"}"#,
        header => header,
    };
    let header = BASE64.encode(header);
    let mut text = payload.as_bytes().to_vec();
    let nonce = Nonce::assume_unique_for_key([0; 12]);
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(header.as_bytes()), &mut text).ok()?;
    Some(format!("{header}..{}.{}.{}", BASE64.encode([0; 12]), BASE64.encode(text), BASE64.encode(tag)))
}

/// The tokens of `material`.
pub fn make() -> Vec<(String, Vec<String>)> {
    let mut made: Vec<_> = material::encrypting()
        .iter()
        .map(|pair| {
            let tokens =
                pair.writers.iter().map(|key| jose::encrypt(PAYLOAD, key).expect("a sound key encrypts"));
            (format!("encrypted/{}", pair.name), tokens.collect())
        })
        .collect();
    let data = Sealed { sub: "ada".into(), scope: vec!["read".into()], level: Some(3) };
    let sessions =
        [session(), session_of_before()].map(|session| session.expect("the session's keys are sound"));
    let seal = |session: &Tokens<Sealed>| {
        block_on(session.seal(&data)).expect("a sound key encrypts").token.as_str().to_owned()
    };
    made.push(("encrypted/session".into(), sessions.iter().map(seal).collect()));
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_seal_is_accepted_by_its_key_alone() {
        let readers = readers();
        let session = readers.len() - 1;
        for (index, reader) in readers.iter().enumerate() {
            let token = seal(index, "", claims::GOOD).unwrap();
            assert_eq!(reader.accepts(&token), index == 0 || index == session, "{index}");
        }
    }
}
