//! The examples of RFC 7515, RFC 7520 and RFC 8037.

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Vector {
    id: String,
    alg: String,
    enc: Option<String>,
    key: Jwk,
    token: String,
    payload: String,
}

#[test]
fn the_examples_of_the_rfcs_open() {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("rfc_vectors.json")).unwrap();
    assert!(vectors.len() >= 9);
    for vector in vectors {
        let read_only = Profile { read_only: true, ..untyped() };
        let payload = match &vector.enc {
            None => {
                let pins = Pins { jws: JwsAlg::from_name(&vector.alg), ..Pins::default() };
                let codec =
                    JwsKey::from_jwk(vector.key).prepare(&[], &Profile { pins, ..read_only }).unwrap();
                open(&codec, &vector.token)
            }
            Some(enc) => {
                let pins = Pins { jwe: JweAlg::from_name(&vector.alg), enc: Enc::from_name(enc), jws: None };
                let codec =
                    JweKey::from_jwk(vector.key).prepare(&[], &Profile { pins, ..read_only }).unwrap();
                open(&codec, &vector.token)
            }
        };
        assert_eq!(payload.unwrap(), vector.payload.as_bytes(), "{}", vector.id);
    }
}
