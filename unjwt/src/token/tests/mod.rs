//! Both codecs through the keys, as a session uses them.

mod mutation;
mod password;
mod round_trip;
mod selection;
mod strictness;

use std::sync::LazyLock;

use super::{Codec, KeyFamily, Profile};
use crate::alg::{EcdhCurve, Enc, JweAlg, JwsAlg, KeyManagement};
use crate::config_error::Pins;
use crate::error::{Error, ErrorKind};
use crate::key::{JweKey, Jwk, JwsKey};

const PAYLOAD: &[u8] = br#"{"sub":"u-1","scope":["read","write"],"jti":"j","iat":1700000000}"#;
const PASSWORD: &str = "correct horse battery staple";

fn profile() -> Profile {
    Profile {
        elsewhere: None,
        name: "session".to_owned(),
        typ: Some("session+jwt".to_owned()),
        pins: Pins::default(),
        read_only: false,
        anyone_writes: true,
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

/// The JWKs of one algorithm: one for each curve where it has several.
fn jwe_jwks(alg: JweAlg, enc: Enc) -> Vec<Jwk> {
    // RSA keys are slow to make: one serves all four algorithms.
    static RSA: LazyLock<Jwk> = LazyLock::new(|| Jwk::generate("RSA-OAEP").unwrap());
    match alg.management() {
        KeyManagement::Direct => vec![Jwk::generate(enc.name()).unwrap()],
        KeyManagement::AesKw(_) | KeyManagement::AesGcmKw(_) => vec![Jwk::generate(alg.name()).unwrap()],
        KeyManagement::RsaOaep(_) => vec![RSA.with_alg(alg.name())],
        KeyManagement::EcdhEs(_) => EcdhCurve::ALL
            .iter()
            .map(|curve| Jwk::generate_on_curve(alg.name(), curve.name()).unwrap())
            .collect(),
        KeyManagement::Pbes2 { .. } => Vec::new(),
    }
}

/// One key for each combination of JWE algorithms and curves.
fn jwe_keys() -> Vec<(JweAlg, Enc, JweKey, Profile)> {
    let mut keys = Vec::new();
    for &enc in Enc::ALL {
        keys.push((JweAlg::Dir, enc, JweKey::secret([5; 32]), pinned_jwe(Some(JweAlg::Dir), Some(enc))));
        for &alg in JweAlg::ALL {
            let profile = pinned_jwe(Some(alg), Some(enc));
            if let KeyManagement::Pbes2 { .. } = alg.management() {
                keys.push((alg, enc, JweKey::password(PASSWORD).iterations(1000), profile));
            } else {
                let jwks = jwe_jwks(alg, enc).into_iter();
                keys.extend(jwks.map(|jwk| (alg, enc, JweKey::from_jwk(jwk), profile.clone())));
            }
        }
    }
    keys
}
