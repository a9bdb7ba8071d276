//! Signed tokens: through `unjwt::jose` with every kind of key, and through a session.

use std::sync::OnceLock;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use unjwt::{ConfigError, JwsKey, Session, Tokens, jose};

use crate::claims;
use crate::material::{self, PAYLOAD, Pair, clock, key, tokens_of};
use crate::runtime::block_on;
use crate::tokens::{self, Opened, Reader};

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(
    jws,
    name = "signed",
    max_age = "15m",
    issuer = "https://id.example",
    audience("web", "app"),
    clock_tolerance = "30s",
    required_claims("scope")
)]
pub struct Signed {
    pub sub: String,
    pub scope: Vec<String>,
    #[serde(default)]
    pub level: Option<u8>,
}

/// The session's tokens, with the key of before among those that it reads.
pub fn session() -> Result<Tokens<Signed>, ConfigError> {
    let old = JwsKey::from_jwk(key("ES256"));
    Signed::config(JwsKey::from_jwk(key("HS256"))).also_reads(old).clock(clock).build()
}

pub fn run(data: &[u8]) {
    static READERS: OnceLock<Vec<Reader>> = OnceLock::new();
    tokens::run(READERS.get_or_init(readers), seal, data);
}

fn readers() -> Vec<Reader> {
    let jose = material::signing().into_iter().map(|Pair { name, reader, .. }| {
        let open = move |token: &str| {
            let verified = jose::verify(token, &reader)?;
            assert_eq!(jose::verify(token, &reader).as_ref(), Ok(&verified));
            // What was accepted is what stands in the token.
            let segments: Vec<_> = token.split('.').map(|segment| BASE64.decode(segment)).collect();
            let [Ok(header), Ok(payload), Ok(_)] = &segments[..] else { panic!("{token}") };
            assert_eq!(*payload, verified.payload);
            let header: Value = serde_json::from_slice(header).expect("an accepted header is JSON");
            assert_eq!(header["alg"], verified.header.alg);
            assert_eq!(header["kid"].as_str(), verified.header.kid.as_deref());
            Ok(verified.payload)
        };
        let sealed = (name == "HS256").then_some(sealed as tokens::Sealed);
        Reader::new(open, tokens_of(&format!("signed/{name}")), sealed)
    });
    let session = session().expect("the session's keys are sound");
    let open = move |token: &str| -> Opened {
        let current = block_on(session.verify_without_hooks(token))?;
        Ok(serde_json::to_vec(&*current.data).expect("a session is JSON"))
    };
    let session = Reader::new(open, tokens_of("signed/session"), Some(session_sealed));
    jose.chain([session]).collect()
}

fn sealed(header: &str, payload: &str, opened: &[u8]) {
    assert_eq!(payload.as_bytes(), opened);
    let header: Value = serde_json::from_str(if header.is_empty() { r#"{"alg":"HS256"}"# } else { header })
        .expect("an accepted header is JSON");
    assert_eq!(header["alg"], "HS256");
    for refused in ["crit", "b64", "zip"] {
        assert!(header.get(refused).is_none(), "{header}");
    }
}

fn session_sealed(header: &str, payload: &str, opened: &[u8]) {
    if !header.is_empty() {
        sealed(header, payload, payload.as_bytes());
        assert!(header.contains("signed"), "{header}");
    }
    claims::acceptable(payload, &serde_json::from_slice(opened).expect("a session is JSON"));
}

/// With the secret where there is one; else an attacker takes what is public for a secret (RFC 8725 §2.1). An empty
/// header is the reader's own.
fn seal(reader: usize, header: &str, payload: &str) -> Option<String> {
    static SECRETS: OnceLock<Vec<hmac::Key>> = OnceLock::new();
    let secrets = SECRETS.get_or_init(|| {
        let own = BASE64.decode(secret("HS256")).expect("`k` is base64url");
        let guess = |name: &str| {
            let public = key(if name == "set" || name == "PS256" { "RS256" } else { name });
            public.to_public_pem().unwrap_or_default().into_bytes()
        };
        let mut secrets: Vec<Vec<u8>> = material::signing().iter().map(|pair| guess(pair.name)).collect();
        secrets[0].clone_from(&own);
        secrets.push(own);
        secrets.iter().map(|secret| hmac::Key::new(hmac::HMAC_SHA256, secret)).collect()
    });
    let header = match header {
        "" if reader + 1 == secrets.len() => r#"{"alg":"HS256","typ":"signed+jwt"}"#,
        "" => r#"{"alg":"HS256"}"#,
        header => header,
    };
    let input = format!("{}.{}", BASE64.encode(header), BASE64.encode(payload));
    let tag = hmac::sign(secrets.get(reader)?, input.as_bytes());
    Some(format!("{input}.{}", BASE64.encode(tag)))
}

fn secret(name: &str) -> String {
    let jwk = serde_json::to_value(key(name)).expect("a JWK is JSON");
    jwk["k"].as_str().map(str::to_owned).unwrap_or_default()
}

/// The tokens of `material`.
pub fn make() -> Vec<(String, Vec<String>)> {
    let mut made: Vec<_> = material::signing()
        .iter()
        .map(|pair| {
            let tokens = pair.writers.iter().map(|key| jose::sign(PAYLOAD, key).expect("a sound key signs"));
            (format!("signed/{}", pair.name), tokens.collect())
        })
        .collect();
    let data = [
        Signed { sub: "ada".into(), scope: vec!["read".into(), "write".into()], level: Some(3) },
        Signed { sub: String::new(), scope: Vec::new(), level: None },
    ];
    let session = session().expect("the session's keys are sound");
    let sign = |data| block_on(session.sign(data)).expect("a sound key signs").token.as_str().to_owned();
    made.push(("signed/session".into(), data.iter().map(sign).collect()));
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
