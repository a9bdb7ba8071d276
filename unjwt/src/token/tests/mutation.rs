use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;

/// The effect of one change on a token.
#[derive(Clone, Debug)]
enum Change {
    Replace(u8),
    Insert(u8),
    Remove,
    Cut,
    Swap(prop::sample::Index),
}

fn changes() -> impl Strategy<Value = Vec<(prop::sample::Index, Change)>> {
    let byte = prop_oneof![
        4 => prop::sample::select(b"ABCxyz0189-_".to_vec()),
        2 => prop::sample::select(b".=+/ \n\0\"".to_vec()),
        1 => 0u8..0x80,
    ];
    let change = prop_oneof![
        6 => byte.clone().prop_map(Change::Replace),
        2 => byte.prop_map(Change::Insert),
        2 => Just(Change::Remove),
        1 => Just(Change::Cut),
        2 => any::<prop::sample::Index>().prop_map(Change::Swap),
    ];
    prop::collection::vec((any::<prop::sample::Index>(), change), 1..6)
}

fn apply(token: &str, changes: &[(prop::sample::Index, Change)]) -> String {
    let mut bytes = token.as_bytes().to_vec();
    for (index, change) in changes {
        if bytes.is_empty() {
            break;
        }
        let at = index.index(bytes.len());
        match change {
            Change::Replace(byte) => bytes[at] = *byte,
            Change::Insert(byte) => bytes.insert(at, *byte),
            Change::Remove => {
                bytes.remove(at);
            }
            Change::Cut => bytes.truncate(at),
            Change::Swap(other) => {
                let other = other.index(bytes.len());
                bytes.swap(at, other);
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// No mutant of a token is accepted and none panics; the untouched token is accepted throughout.
fn survives<C: Codec>(codec: &C, what: &str, cases: u32) {
    let token = codec.seal(PAYLOAD).unwrap();
    assert_eq!(open(codec, &token).unwrap(), PAYLOAD, "{what}");
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
        .run(&changes(), |changes| {
            let mutant = apply(&token, &changes);
            prop_assume!(mutant != token);
            prop_assert!(open(codec, &mutant).is_err(), "{} accepted {}", what, mutant);
            Ok(())
        })
        .unwrap();
    assert_eq!(open(codec, &token).unwrap(), PAYLOAD, "{what}");
}

#[test]
fn no_mutant_of_a_signed_token_is_accepted() {
    for (alg, key) in jws_keys() {
        survives(&key.prepare(&[], &profile()).unwrap(), alg.name(), 300);
    }
}

#[test]
fn no_mutant_of_an_encrypted_token_is_accepted() {
    for (alg, enc, key, profile) in jwe_keys() {
        let codec = key.prepare(&[], &profile).unwrap();
        // A mutant costs a derivation or an operation with the private key.
        let slow = matches!(
            alg.management(),
            KeyManagement::RsaOaep(_) | KeyManagement::EcdhEs(_) | KeyManagement::Pbes2 { .. }
        );
        survives(&codec, &format!("{} {}", alg.name(), enc.name()), if slow { 60 } else { 300 });
    }
}

#[test]
fn every_single_bit_counts() {
    let signed = JwsKey::secret([1; 32]).prepare(&[], &profile()).unwrap();
    let encrypted = JweKey::from_jwk(Jwk::generate("A128KW").unwrap()).prepare(&[], &profile()).unwrap();
    fn flip<C: Codec>(codec: &C) {
        let token = codec.seal(PAYLOAD).unwrap();
        for at in 0..token.len() {
            for bit in 0..7 {
                let mut bytes = token.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let mutant = String::from_utf8(bytes).unwrap();
                assert!(open(codec, &mutant).is_err(), "{mutant}");
            }
        }
    }
    flip(&signed);
    flip(&encrypted);
}
