//! Both codecs through the keys, as a session uses them.

mod mutation;
mod oracle;
mod password;
mod round_trip;
mod selection;
mod strictness;

use super::alg::{Enc, JweAlg, JwsAlg};
use super::{Codec, KeyFamily, Profile};
use crate::config_error::Pins;
use crate::error::{Error, ErrorKind};
use crate::key::{JweKey, Jwk, JwsKey};

const PAYLOAD: &[u8] = br#"{"sub":"u-1","scope":["read","write"],"jti":"j","iat":1700000000}"#;
const PASSWORD: &str = "correct horse battery staple";

fn profile() -> Profile {
    Profile {
        name: "session".to_owned(),
        typ: Some("session+jwt".to_owned()),
        pins: Pins::default(),
        read_only: false,
        max_token_len: 16_384,
    }
}

fn untyped() -> Profile {
    Profile { typ: None, ..profile() }
}

fn pinned_jws(alg: JwsAlg) -> Profile {
    Profile { pins: Pins { jws: Some(alg), ..Pins::default() }, ..profile() }
}

fn pinned_jwe(alg: Option<JweAlg>, enc: Option<Enc>) -> Profile {
    Profile { pins: Pins { jwe: alg, enc, ..Pins::default() }, ..profile() }
}

fn open<C: Codec>(codec: &C, token: &str) -> Result<Vec<u8>, Error> {
    codec.open(&codec.parse(token)?)
}

fn refusal<C: Codec>(codec: &C, token: &str) -> ErrorKind {
    open(codec, token).expect_err(token).kind()
}

/// One key for each JWS algorithm.
fn jws_keys() -> Vec<(JwsAlg, JwsKey)> {
    // RSA keys are slow to make: one serves all six algorithms.
    let rsa = Jwk::generate("RS256").unwrap();
    JwsAlg::ALL
        .iter()
        .map(|&alg| {
            let jwk = match rsa_name(alg) {
                true => rsa.with("alg", alg.name().to_owned()),
                false => Jwk::generate(alg.name()).unwrap(),
            };
            (alg, JwsKey::from_jwk(jwk))
        })
        .collect()
}

fn rsa_name(alg: JwsAlg) -> bool {
    alg.name().starts_with("RS") || alg.name().starts_with("PS")
}

/// One key for each combination of JWE algorithms that this version has.
fn jwe_keys() -> Vec<(JweAlg, Enc, JweKey, Profile)> {
    let mut keys = Vec::new();
    for enc in [Enc::A128Gcm, Enc::A192Gcm, Enc::A256Gcm] {
        let pinned = |alg| pinned_jwe(Some(alg), Some(enc));
        let dir = JweKey::from_jwk(Jwk::generate(enc.name()).unwrap());
        keys.push((JweAlg::Dir, enc, dir, pinned(JweAlg::Dir)));
        keys.push((JweAlg::Dir, enc, JweKey::secret([5; 32]), pinned(JweAlg::Dir)));
        for alg in [JweAlg::A128Kw, JweAlg::A256Kw] {
            let key = JweKey::from_jwk(Jwk::generate(alg.name()).unwrap());
            keys.push((alg, enc, key, pinned(alg)));
        }
        for alg in [JweAlg::Pbes2Hs256A128Kw, JweAlg::Pbes2Hs512A256Kw] {
            keys.push((alg, enc, JweKey::password(PASSWORD).iterations(1000), pinned(alg)));
        }
    }
    keys
}
