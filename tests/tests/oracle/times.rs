//! Comparison of the durations of refusals. They are printed but not asserted, since they depend on the
//! machine's load; that the errors are equal is asserted.

use std::hint::black_box;
use std::time::Instant;

use serde_json::json;
use unjwt::jose::{self, Enc};
use unjwt::{Error, ErrorKind, JweKey, Jwk};
use unjwt_tests::told;

use super::craft::encode;
use super::forgeries::{rightly_encrypted, tagged};
use super::support::base64_url;

/// Opens both in turns, and says how their medians compare.
fn compare(what: &str, rounds: usize, key: &JweKey, one: &str, other: &str) {
    let refusals: Vec<Error> = [one, other].map(|token| jose::decrypt(token, key).unwrap_err()).into();
    assert_eq!(refusals[0].kind(), ErrorKind::JweDecryptionFailed, "{what}");
    assert_eq!(refusals[0], refusals[1], "{what}");
    let time = |token: &str| {
        let start = Instant::now();
        let _ = black_box(jose::decrypt(black_box(token), key));
        start.elapsed().as_nanos() as u64
    };
    let (mut ones, mut others) = (Vec::with_capacity(rounds), Vec::with_capacity(rounds));
    for round in 0..rounds {
        // Each goes first as often as second.
        if round % 2 == 0 {
            ones.push(time(one));
            others.push(time(other));
        } else {
            others.push(time(other));
            ones.push(time(one));
        }
    }
    let [one, other] = [ones, others].map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    });
    told!(
        "{what}: medians {one} ns and {other} ns, ratio {:.3} ({rounds} rounds)",
        one as f64 / other as f64
    );
}

/// The token with another segment.
fn with(token: &str, index: usize, content: &[u8]) -> String {
    let mut segments: Vec<String> = token.split('.').map(str::to_owned).collect();
    segments[index] = encode(content);
    segments.join(".")
}

#[test]
fn a_wrong_tag_and_a_wrong_padding_are_one_error() {
    let jwk = Jwk::generate("A256CBC-HS512").unwrap();
    let key = JweKey::from_jwk(jwk.clone());
    let bytes = base64_url(serde_json::to_value(&jwk).unwrap()["k"].as_str().unwrap());
    let header = json!({"alg": "dir", "enc": "A256CBC-HS512"});
    // One ciphertext in 256 ends, under a random key, in a padding that is right.
    let padding = [[0x5a; 1024], [0xa5; 1024], [0x3c; 1024], [0xc3; 1024]]
        .map(|ciphertext| tagged(&bytes, &header, &ciphertext))
        .into_iter()
        .find(|token| jose::decrypt(token, &key).is_err())
        .expect("not all four");
    let tag = with(&padding, 4, &[0; 32]);
    compare("A256CBC-HS512, wrong tag and wrong padding under a right one", 4_000, &key, &tag, &padding);
    // Whatever text a wrong tag stands over, the text is not looked at.
    let refusal = jose::decrypt(&tag, &key).unwrap_err();
    let genuine = jose::encrypt(&[b'x'; 100], &key).unwrap();
    for len in [0, 1, 15, 16, 17, 1024, 1025] {
        assert_eq!(jose::decrypt(&with(&tag, 3, &vec![0x5a; len]), &key).unwrap_err(), refusal, "{len}");
    }
    assert_eq!(jose::decrypt(&with(&genuine, 4, &[0; 32]), &key).unwrap_err(), refusal);
}

#[test]
fn a_wrong_padding_and_a_wrong_content_key_are_one_error() {
    for alg in ["RSA-OAEP", "RSA-OAEP-256"] {
        let jwk = Jwk::generate(alg).unwrap();
        let key = JweKey::from_jwk(jwk.clone());
        let genuine = jose::encrypt(b"x", &key).unwrap();
        let other = with(&genuine, 1, &rightly_encrypted(&jwk, alg, &[0x5a; 32]));
        let short = with(&genuine, 1, &rightly_encrypted(&jwk, alg, &[0x5a; 16]));
        // Below the modulus, as every number that a forger takes would be.
        let mut number = vec![0x5a; 256];
        number[0] = 0;
        let padding = with(&genuine, 1, &number);
        compare(&format!("{alg}, wrong padding and wrong content key"), 1_000, &key, &padding, &other);
        compare(&format!("{alg}, content key of another length and wrong one"), 1_000, &key, &short, &other);
    }
}

#[test]
fn a_wrong_wrapping_and_a_wrong_content_key_are_one_error() {
    for alg in ["A128KW", "A192KW", "A256KW", "A256GCMKW"] {
        let key = JweKey::from_jwk(Jwk::generate(alg).unwrap()).encryption(Enc::A256Gcm);
        let [genuine, second] = [(); 2].map(|()| jose::encrypt(b"x", &key).unwrap());
        let wrapping = with(&genuine, 1, &vec![0x5a; base64_url(genuine.split('.').nth(1).unwrap()).len()]);
        // The second token's content under the first one's header and key.
        let first: Vec<&str> = genuine.split('.').collect();
        let content: Vec<&str> = second.split('.').skip(2).collect();
        let mixed = [&first[..2], &content].concat().join(".");
        compare(&format!("{alg}, wrong wrapping and wrong content key"), 4_000, &key, &wrapping, &mixed);
    }
}
