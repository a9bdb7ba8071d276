//! The keys that the RFCs print: `rfc_jwk_kdf_thumbprint.json`.

use std::fs;

use serde_json::{Value, json};
use unjwt::{ErrorKind, JweKey, Jwk, JwkSet, JwsKey, jose};
use unjwt_tests::told;

use super::craft::{encode, sealed_with};
use super::interop::{base64url, folder};

fn document() -> Option<Value> {
    let path = folder()?.join("rfc_jwk_kdf_thumbprint.json");
    let Ok(bytes) = fs::read(path) else {
        told!("rfc_jwk_kdf_thumbprint.json: not in the folder");
        return None;
    };
    Some(serde_json::from_slice(&bytes).unwrap())
}

fn jwk(value: &Value) -> Jwk {
    serde_json::from_value(value.clone()).unwrap()
}

/// A key does what it is for, with each of its halves.
fn works(private: &Jwk, public: &Jwk) {
    if matches!(private.alg(), Some(alg) if alg.starts_with("RS") && !alg.contains('-') || alg.starts_with("HS"))
    {
        let token = jose::sign(b"x", &JwsKey::from_jwk(private.clone())).unwrap();
        assert_eq!(jose::verify(&token, &JwsKey::verify_only(public.clone())).unwrap().payload, b"x");
    } else {
        let token = jose::encrypt(b"x", &JweKey::from_jwk(public.clone())).unwrap();
        assert_eq!(jose::decrypt(&token, &JweKey::from_jwk(private.clone())).unwrap().plaintext, b"x");
    }
}

/// The algorithm that the RFC's text gives a key that names none.
fn named(jwk: &Jwk) -> Jwk {
    match (jwk.alg(), jwk.kty()) {
        (Some(_), _) => jwk.clone(),
        (None, "EC") => jwk.with_alg("ECDH-ES"),
        (None, "RSA") => jwk.with_alg("RSA-OAEP"),
        (None, _) => jwk.with_alg("HS256"),
    }
}

#[test]
fn the_sets_of_the_rfc_are_read_and_their_keys_work() {
    let Some(document) = document() else { return };
    let sets = document["jwk_sets"].as_object().unwrap();
    let mut keys = 0;
    for (name, set) in sets {
        let read: JwkSet = serde_json::from_value(set.clone()).unwrap();
        assert_eq!(read.keys().len(), set["keys"].as_array().unwrap().len(), "{name}");
        assert_eq!(serde_json::to_value(&read).unwrap(), *set, "{name}");
        for key in read.keys().iter().filter(|key| key.is_private()).map(named) {
            works(&key, &key.public().unwrap_or(key.clone()));
            keys += 1;
        }
    }
    // RFC 7517: A.1 is the public half of A.2.
    if let (Some(public), Some(private)) = (sets.get("A.1"), sets.get("A.2")) {
        let [public, private] =
            [public, private].map(|set| serde_json::from_value::<JwkSet>(set.clone()).unwrap());
        for (public, private) in public.keys().iter().zip(private.keys()) {
            assert_eq!(public.thumbprint(), private.thumbprint());
            works(&named(private), &named(public));
        }
    }
    if document["rsa_private"].is_object() {
        let private = named(&jwk(&document["rsa_private"]));
        works(&private, &private.public().unwrap());
        let again = Jwk::from_pem(&private.to_pem().unwrap()).unwrap();
        assert_eq!(again.thumbprint(), private.thumbprint());
        keys += 1;
    }
    // A certificate chain beside a key is neither an obstacle nor believed.
    if document["x5c_example"].is_object() {
        let key = jwk(&document["x5c_example"]).with_alg("RS256");
        let refusal = jose::verify("e30.e30.", &JwsKey::verify_only(key)).unwrap_err();
        assert_eq!(refusal.kind(), ErrorKind::JwsInvalid, "the key is usable");
        keys += 1;
    }
    told!("rfc_jwk_kdf_thumbprint.json: {} sets, {keys} keys work", sets.len());
}

#[test]
fn thumbprints_are_those_of_the_rfcs() {
    let Some(document) = document() else { return };
    let thumbprints = document["thumbprints"].as_array().unwrap();
    for case in thumbprints {
        let expected = case["sha256"].as_str();
        assert_eq!(jwk(&case["jwk"]).thumbprint().as_deref(), expected, "{}", case["source"]);
    }
    told!("rfc_jwk_kdf_thumbprint.json: {} thumbprints", thumbprints.len());
}

/// A token of the RFC's own ephemeral key, encrypted with the key that the RFC derives.
#[test]
fn the_key_that_is_agreed_is_the_rfcs() {
    let Some(document) = document() else { return };
    let example = &document["ecdh_kdf"];
    let Some(derived) = example["derived_key_b64u"].as_str() else { return };
    let header = example["header"].clone();
    let token = sealed_with(&base64url(derived), &header, b"x");
    let bob = JweKey::from_jwk(jwk(&example["bob_static"]).with_alg("ECDH-ES"));
    assert_eq!(jose::decrypt(&token, &bob).unwrap().plaintext, b"x");
    // The parties' names are part of it.
    let mut other = header;
    other["apv"] = json!(encode("Bot"));
    let token = sealed_with(&base64url(derived), &other, b"x");
    assert_eq!(jose::decrypt(&token, &bob).unwrap_err().kind(), ErrorKind::JweDecryptionFailed);
}
