//! What is refused when a session is built, and how that is said.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{JweKey, Jwk, JwkSet, JwsKey};
use crate::config_error::Pins;
use crate::token::alg::{Curve, Enc, JweAlg, JwsAlg, KeyManagement};
use crate::token::{Codec, KeyFamily, Profile, base64};

fn profile() -> Profile {
    Profile { name: "session".to_owned(), max_token_len: 4096, ..Profile::default() }
}

fn pinned(jws: Option<JwsAlg>, jwe: Option<JweAlg>, enc: Option<Enc>) -> Profile {
    Profile { pins: Pins { jws, jwe, enc }, ..profile() }
}

fn read_only() -> Profile {
    Profile { read_only: true, ..profile() }
}

#[track_caller]
fn refused<K: KeyFamily>(key: &K, profile: &Profile, reason: &str) {
    let error = key.prepare(&[], profile).map(|_| ()).expect_err(reason).0;
    assert!(error.contains(reason), "{error:?} does not say {reason:?}");
}

#[track_caller]
fn accepted<K: KeyFamily>(key: &K, profile: &Profile) {
    let codec = key.prepare(&[], profile).map_err(|error| error.0).unwrap();
    let token = codec.seal(b"{}").unwrap();
    assert_eq!(codec.open(&codec.parse(&token).unwrap()).unwrap(), b"{}");
}

fn with(jwk: &Jwk, name: &str, value: Value) -> Jwk {
    let mut json = serde_json::to_value(jwk).unwrap();
    if value.is_null() {
        json.as_object_mut().unwrap().remove(name);
    } else {
        json[name] = value;
    }
    serde_json::from_value(json).unwrap()
}

fn oct(len: usize, alg: &str) -> Jwk {
    let key = base64::encode(&vec![7; len]);
    serde_json::from_value(json!({"kty": "oct", "k": key, "alg": alg})).unwrap()
}

#[test]
fn short_secrets_and_passwords() {
    for (alg, least) in [(JwsAlg::Hs256, 32), (JwsAlg::Hs384, 48), (JwsAlg::Hs512, 64)] {
        let profile = pinned(Some(alg), None, None);
        accepted(&JwsKey::secret(vec![1; least]), &profile);
        refused(&JwsKey::secret(vec![1; least - 1]), &profile, &format!("needs {least} random ones"));
        refused(&JwsKey::from_jwk(oct(least - 1, alg.name())), &profile, &format!("needs {least}"));
    }
    accepted(&JweKey::secret([1; 32]), &profile());
    refused(&JweKey::secret([1; 31]), &profile(), "needs 32 random ones");
    accepted(&JweKey::password("0123456789abcdef").iterations(1000), &profile());
    refused(&JweKey::password("0123456789abcde"), &profile(), "needs 16 or more");
    refused(&JweKey::password(""), &profile(), "0 bytes");
}

#[test]
fn iterations_out_of_bounds() {
    let key = || JweKey::password("0123456789abcdef");
    refused(&key().iterations(999), &profile(), "999 iterations are outside");
    refused(&key().iterations(10_000_001), &profile(), "outside 1000 to 10000000");
    refused(&key().iterations(2000).accept_iterations(1..=2000), &profile(), "1 iterations are outside");
    refused(
        &key().iterations(2000).accept_iterations(1000..=1999),
        &profile(),
        "`accept_iterations(1000..=1999)`",
    );
    #[expect(clippy::reversed_empty_ranges)]
    let reversed = 3000..=1000;
    refused(&key().iterations(2000).accept_iterations(reversed), &profile(), "does not read");
}

#[test]
fn symmetric_keys_of_a_wrong_length() {
    for (alg, len) in [
        ("A128KW", 16),
        ("A192KW", 24),
        ("A256KW", 32),
        ("A128GCMKW", 16),
        ("A192GCMKW", 24),
        ("A256GCMKW", 32),
    ] {
        accepted(&JweKey::from_jwk(oct(len, alg)), &profile());
        for wrong in [0, len - 1, len + 1, 48] {
            refused(&JweKey::from_jwk(oct(wrong, alg)), &profile(), &format!("needs {len}"));
        }
    }
    for (len, enc) in [(32, "A128CBC-HS256"), (48, "A192CBC-HS384"), (64, "A256CBC-HS512")] {
        accepted(&JweKey::from_jwk(oct(len, enc)), &profile());
        let pin = pinned(None, None, Enc::from_name(enc));
        accepted(&JweKey::from_jwk(oct(len, "dir")), &pin);
        accepted(&JweKey::secret([1; 32]), &pin);
        refused(&JweKey::from_jwk(oct(len - 1, enc)), &profile(), &format!("needs {len} with `{enc}`"));
    }
    // Its length alone does not make a key one for CBC-HMAC.
    refused(&JweKey::from_jwk(oct(48, "dir")), &profile(), "or an `enc`");
    for (len, enc) in [(16, "A128GCM"), (24, "A192GCM"), (32, "A256GCM")] {
        let codec = JweKey::from_jwk(oct(len, "dir")).prepare(&[], &profile()).unwrap();
        let token = codec.seal(b"{}").unwrap();
        assert_eq!(crate::token::Parsed::enc(&codec.parse(&token).unwrap()), Some(enc));
        accepted(&JweKey::from_jwk(oct(len, enc)), &profile());
    }
    refused(&JweKey::from_jwk(oct(31, "dir")), &profile(), "needs 16, 24 or 32");
    refused(
        &JweKey::from_jwk(oct(32, "dir")),
        &pinned(None, None, Some(Enc::A128Gcm)),
        "needs 16 with `A128GCM`",
    );
}

#[test]
fn weak_rsa_keys() {
    let jwk = Jwk::generate("RS256").unwrap();
    accepted(&JwsKey::from_jwk(jwk.clone()), &profile());
    for e in ["AQ", "Ag", "AA", "", "AQAA", "AQAAAAAAAAAB"] {
        refused(&JwsKey::from_jwk(with(&jwk, "e", json!(e))), &profile(), "is no RSA exponent");
    }
    let short = base64::encode(&[0xff; 255]);
    refused(&JwsKey::from_jwk(with(&jwk, "n", json!(short))), &profile(), "2040 bits");
    let padded = base64::encode(&[vec![0; 10], vec![0xff; 250]].concat());
    refused(&JwsKey::from_jwk(with(&jwk, "n", json!(padded))), &profile(), "2000 bits");
    let even = base64::encode(&[0xfe; 256]);
    refused(&JwsKey::from_jwk(with(&jwk, "n", json!(even))), &profile(), "no RSA modulus");
    refused(&JwsKey::from_jwk(with(&jwk, "p", Value::Null)), &profile(), "no string `p`");
    refused(&JwsKey::from_jwk(with(&jwk, "d", json!("a+b"))), &profile(), "not base64url");
    refused(&JwsKey::from_jwk(with(&jwk, "oth", json!([]))), &profile(), "more than two primes");
    // A key whose halves do not fit signs nothing that its public half verifies.
    let other = Jwk::generate("RS256").unwrap();
    let mixed = with(&jwk, "n", json!(other.text("n").unwrap()));
    assert!(JwsKey::from_jwk(mixed).prepare(&[], &profile()).is_err());
}

#[test]
fn an_rsa_key_names_its_algorithm() {
    let jwk = Jwk::generate("RS256").unwrap();
    let nameless = with(&jwk, "alg", Value::Null);
    refused(&JwsKey::from_jwk(nameless.clone()), &profile(), "names no algorithm");
    accepted(&JwsKey::from_jwk(nameless.clone()), &pinned(Some(JwsAlg::Ps384), None, None));
    // The others of the session say it for a public key that does not.
    accepted(&JwsKey::from_pair(jwk.clone(), nameless.public().unwrap()), &profile());
    refused(&JwsKey::verify_only(nameless.public().unwrap()), &read_only(), "names no algorithm");
    refused(
        &JwsKey::from_jwk(jwk),
        &pinned(Some(JwsAlg::Rs512), None, None),
        "is for `RS256`, and `RS512` is pinned",
    );
}

#[test]
fn elliptic_curves() {
    let jwk = Jwk::generate("ES256").unwrap();
    accepted(&JwsKey::from_jwk(with(&jwk, "alg", Value::Null)), &profile());
    refused(&JwsKey::from_jwk(with(&jwk, "alg", json!("ES384"))), &profile(), "needs `P-384`");
    refused(&JwsKey::from_jwk(with(&jwk, "crv", json!("P-384"))), &profile(), "needs `P-256`");
    refused(
        &JwsKey::from_jwk(with(&jwk, "crv", json!("P-384"))),
        &pinned(Some(JwsAlg::Es256), None, None),
        "P-256",
    );
    refused(&JwsKey::from_jwk(with(&jwk, "alg", json!("RS256"))), &profile(), "needs `RSA`");
    refused(&JwsKey::from_jwk(with(&jwk, "x", json!("AQAB"))), &profile(), "3 bytes instead of 32");
    let off_curve = with(&jwk, "x", json!(base64::encode(&[1; 32])));
    refused(&JwsKey::from_jwk(off_curve), &profile(), "is no public key for `ES256`");
    let other = Jwk::generate("ES256").unwrap();
    let mixed = with(&jwk, "d", json!(other.text("d").unwrap()));
    assert!(JwsKey::from_jwk(mixed).prepare(&[], &profile()).is_err());

    let okp = Jwk::generate("EdDSA").unwrap();
    refused(&JwsKey::from_jwk(with(&okp, "crv", json!("Ed448"))), &profile(), "needs `Ed25519`");
    refused(&JwsKey::from_jwk(with(&okp, "x", json!(base64::encode(&[1; 32])))), &profile(), "is no");
}

#[test]
fn contradicting_use_and_operations() {
    let jwk = Jwk::generate("ES256").unwrap();
    refused(&JwsKey::from_jwk(with(&jwk, "use", json!("enc"))), &profile(), "`\"use\": \"enc\"`");
    accepted(&JwsKey::from_jwk(with(&jwk, "use", json!("sig"))), &profile());
    accepted(&JwsKey::from_jwk(with(&jwk, "key_ops", json!(["sign"]))), &profile());
    refused(&JwsKey::from_jwk(with(&jwk, "key_ops", json!(["verify"]))), &profile(), "lacks `sign`");
    refused(&JwsKey::from_jwk(with(&jwk, "key_ops", json!([]))), &profile(), "lacks `sign`");
    let public = jwk.public().unwrap();
    refused(&JwsKey::verify_only(with(&public, "key_ops", json!(["sign"]))), &read_only(), "lacks `verify`");
    for other in [&jwk, &public] {
        let key = JwsKey::from_jwk(with(other, "key_ops", json!(["encrypt", "decrypt"])));
        refused(&key, &read_only(), "`verify` in its `key_ops`");
    }

    let hmac = oct(32, "HS256");
    accepted(&JwsKey::from_jwk(with(&hmac, "key_ops", json!(["verify", "sign"]))), &profile());
    refused(&JwsKey::from_jwk(with(&hmac, "key_ops", json!(["sign"]))), &profile(), "lacks `verify`");
    refused(&JwsKey::from_jwk(with(&hmac, "key_ops", json!(["verify"]))), &profile(), "lacks `sign`");

    let wrap = oct(32, "A256KW");
    refused(&JweKey::from_jwk(with(&wrap, "use", json!("sig"))), &profile(), "needs `\"enc\"`");
    accepted(&JweKey::from_jwk(with(&wrap, "key_ops", json!(["wrapKey", "unwrapKey"]))), &profile());
    accepted(&JweKey::from_jwk(with(&wrap, "key_ops", json!(["encrypt", "decrypt"]))), &profile());
    refused(
        &JweKey::from_jwk(with(&wrap, "key_ops", json!(["wrapKey"]))),
        &profile(),
        "lacks `decrypt` or `unwrapKey`",
    );
    refused(
        &JweKey::from_jwk(with(&wrap, "key_ops", json!(["unwrapKey"]))),
        &profile(),
        "lacks `encrypt` or `wrapKey`",
    );
}

#[test]
fn algorithms_of_the_other_family() {
    refused(&JwsKey::from_jwk(oct(32, "A256KW")), &profile(), "an algorithm for encryption");
    refused(&JwsKey::from_jwk(oct(32, "A256GCM")), &profile(), "an algorithm for encryption");
    refused(&JwsKey::from_jwk(oct(32, "none")), &profile(), "no known signature algorithm");
    refused(&JwsKey::from_jwk(with(&oct(32, "x"), "alg", Value::Null)), &profile(), "names no algorithm");
    refused(&JwsKey::secret([1; 32]), &pinned(Some(JwsAlg::Es256), None, None), "a secret cannot sign");
    refused(&JweKey::from_jwk(oct(32, "HS256")), &profile(), "an algorithm for signing");
    refused(&JweKey::from_jwk(Jwk::generate("ES256").unwrap()), &profile(), "an algorithm for signing");
    refused(&JweKey::from_jwk(oct(32, "RSA-OAEP")), &profile(), "needs a key pair");
    refused(&JweKey::from_jwk(oct(32, "PBES2-HS256+A128KW")), &profile(), "use `JweKey::password`");
    refused(&JweKey::from_jwk(with(&oct(32, "x"), "alg", Value::Null)), &profile(), "names no algorithm");
    refused(&JweKey::secret([1; 32]), &pinned(None, Some(JweAlg::A256Kw), None), "used with `dir`");
    refused(
        &JweKey::password("0123456789abcdef"),
        &pinned(None, Some(JweAlg::Dir), None),
        "`dir` needs a key and no password",
    );
    let key = with(&oct(32, "A256KW"), "enc", json!("A256GCM"));
    refused(
        &JweKey::from_jwk(key),
        &pinned(None, None, Some(Enc::A128Gcm)),
        "is for `A256GCM`, and `A128GCM` is pinned",
    );
    refused(&JweKey::from_jwk(oct(32, "A256KW")), &pinned(None, Some(JweAlg::Dir), None), "is for `A256KW`");
}

/// One private key for each algorithm with a pair, and for each of its curves.
fn pairs() -> Vec<(JweAlg, Jwk)> {
    let rsa = Jwk::generate("RSA-OAEP").unwrap();
    let mut pairs = Vec::new();
    for &alg in JweAlg::ALL {
        match alg.management() {
            KeyManagement::RsaOaep(_) => pairs.push((alg, rsa.with_alg(alg.name()))),
            KeyManagement::EcdhEs(_) => pairs.extend(
                Curve::ALL.map(|curve| (alg, Jwk::generate_on_curve(alg.name(), curve.name()).unwrap())),
            ),
            _ => {}
        }
    }
    pairs
}

#[test]
fn pairs_that_encrypt() {
    for (alg, jwk) in pairs() {
        accepted(&JweKey::from_jwk(jwk.clone()), &profile());
        accepted(&JweKey::from_pair(jwk.clone(), None), &profile());
        accepted(&JweKey::from_pair(jwk.clone(), jwk.public()), &profile());
        accepted(&JweKey::from_jwk(with(&jwk, "alg", Value::Null)).algorithm(alg), &profile());
        accepted(&JweKey::from_jwk(with(&jwk, "alg", Value::Null)), &pinned(None, Some(alg), None));
        refused(&JweKey::from_jwk(with(&jwk, "alg", Value::Null)), &profile(), "names no algorithm");
        let public = jwk.public().unwrap();
        refused(&JweKey::from_jwk(public.clone()), &profile(), "is a public key, which decrypts nothing");
        refused(&JweKey::from_pair(public.clone(), None), &read_only(), "which decrypts nothing");
        assert!(JweKey::from_jwk(public.clone()).encrypter(&profile()).is_ok());
        refused(&JweKey::from_pair(jwk.clone(), public.with_kid("other")), &profile(), "make them the same");
        refused(&JweKey::from_jwk(with(&jwk, "use", json!("sig"))), &profile(), "needs `\"enc\"`");
    }
}

#[test]
fn pairs_whose_halves_do_not_fit() {
    for alg in ["RSA-OAEP-256", "ECDH-ES"] {
        let [a, b] = [(); 2].map(|()| Jwk::generate(alg).unwrap().with_kid("k"));
        refused(&JweKey::from_pair(a, b.public()), &profile(), "its halves do not fit");
    }
    let [a, b] = [(); 2].map(|()| Jwk::generate_on_curve("ECDH-ES", "X25519").unwrap());
    refused(&JweKey::from_jwk(with(&a, "d", json!(b.text("d")))), &profile(), "its halves do not fit");
    let p384 = Jwk::generate_on_curve("ECDH-ES", "P-384").unwrap().with_kid("k");
    refused(
        &JweKey::from_pair(a.with_kid("k"), p384.public()),
        &profile(),
        "lies on `X25519` and its public half on `P-384`",
    );
}

#[test]
fn pairs_that_are_weak_or_malformed() {
    let rsa = Jwk::generate("RSA-OAEP").unwrap();
    let short = base64::encode(&[0xff; 255]);
    refused(&JweKey::from_jwk(with(&rsa, "n", json!(short))), &profile(), "2040 bits");
    refused(&JweKey::from_jwk(with(&rsa, "e", json!("AQ"))), &profile(), "is no RSA exponent");
    refused(&JweKey::from_jwk(with(&rsa, "p", Value::Null)), &profile(), "no string `p`");
    refused(
        &JweKey::from_jwk(with(&rsa, "d", json!("AQAB"))),
        &profile(),
        "is no private key for `RSA-OAEP`",
    );
    let es = Jwk::generate("ECDH-ES").unwrap();
    refused(&JweKey::from_jwk(with(&es, "crv", json!("secp256k1"))), &profile(), "`P-256`, `P-384`, `P-521`");
    refused(&JweKey::from_jwk(with(&es, "crv", json!("X25519"))), &profile(), "lies on the curve `X25519`");
    refused(&JweKey::from_jwk(with(&es, "x", json!("AQAB"))), &profile(), "3 bytes instead of 32");
    refused(&JweKey::from_jwk(with(&es, "y", Value::Null)), &profile(), "no string `y`");
    refused(&JweKey::from_jwk(with(&es, "d", json!("AQAB"))), &profile(), "3 bytes instead of 32");
    let off_curve = with(&es, "x", json!(base64::encode(&[1; 32])));
    refused(&JweKey::from_jwk(off_curve), &profile(), "is no public key for `ECDH-ES`");
    refused(&JweKey::from_jwk(rsa.with_alg("ECDH-ES")), &profile(), "`ECDH-ES` needs `EC` or `OKP`");
    refused(&JweKey::from_jwk(es.with_alg("RSA-OAEP")), &profile(), "`RSA-OAEP` needs `RSA`");
    refused(&JweKey::from_jwk(es.with_alg("A256KW")), &profile(), "`A256KW` needs `oct`");
    refused(&JweKey::from_jwk(es.with_alg("RSA1_5")), &profile(), "no known key management algorithm");
    refused(&JweKey::from_jwk(es.with_alg("ES256")), &profile(), "an algorithm for signing");
    let xyz = serde_json::from_value(json!({"kty": "XYZ", "alg": "ECDH-ES", "d": ""})).unwrap();
    refused(&JweKey::from_jwk(xyz), &profile(), "has the type `XYZ`");
}

#[test]
fn pairs_and_their_operations() {
    let rsa = Jwk::generate("RSA-OAEP").unwrap();
    for ops in [json!(["decrypt"]), json!(["unwrapKey", "wrapKey"])] {
        accepted(&JweKey::from_jwk(with(&rsa, "key_ops", ops)), &profile());
    }
    let private = with(&rsa, "key_ops", json!(["encrypt"]));
    refused(&JweKey::from_jwk(private), &profile(), "lacks `decrypt` or `unwrapKey`");
    let public = with(&rsa.public().unwrap(), "key_ops", json!(["verify"]));
    refused(&JweKey::from_pair(rsa.clone(), public), &profile(), "lacks `encrypt` or `wrapKey`");

    let ecdh = Jwk::generate("ECDH-ES").unwrap();
    for ops in [json!(["deriveKey"]), json!(["deriveBits"])] {
        let public = with(&ecdh.public().unwrap(), "key_ops", json!([]));
        accepted(&JweKey::from_pair(with(&ecdh, "key_ops", ops), public), &profile());
    }
    let private = with(&ecdh, "key_ops", json!(["decrypt"]));
    refused(&JweKey::from_jwk(private), &profile(), "lacks `deriveKey` or `deriveBits`");
}

#[test]
fn what_the_key_names_and_what_is_pinned() {
    let password = || JweKey::password("0123456789abcdef").iterations(1000);
    for alg in [JweAlg::Pbes2Hs256A128Kw, JweAlg::Pbes2Hs384A192Kw, JweAlg::Pbes2Hs512A256Kw] {
        accepted(&password().algorithm(alg).encryption(Enc::A128CbcHs256), &profile());
        accepted(&password().algorithm(alg), &pinned(None, Some(alg), None));
    }
    refused(&password().algorithm(JweAlg::Dir), &profile(), "`dir` needs a key and no password");
    refused(
        &password().algorithm(JweAlg::Pbes2Hs512A256Kw),
        &pinned(None, Some(JweAlg::Pbes2Hs256A128Kw), None),
        "is set to `PBES2-HS512+A256KW`, and the attribute pins `PBES2-HS256+A128KW`",
    );
    refused(
        &JweKey::secret([1; 32]).encryption(Enc::A128Gcm),
        &pinned(None, None, Some(Enc::A256Gcm)),
        "is set to `A128GCM`, and the attribute pins `A256GCM`",
    );
    refused(
        &JweKey::from_jwk(oct(32, "A256KW")).algorithm(JweAlg::A256GcmKw),
        &profile(),
        "is for `A256KW`, and `A256GCMKW` is pinned",
    );
    accepted(&JwsKey::secret([1; 64]).algorithm(JwsAlg::Hs512), &profile());
    refused(&JwsKey::secret([1; 63]).algorithm(JwsAlg::Hs512), &profile(), "needs 64");
    refused(
        &JwsKey::secret([1; 64]).algorithm(JwsAlg::Hs512),
        &pinned(Some(JwsAlg::Hs256), None, None),
        "is set to `HS512`, and the attribute pins `HS256`",
    );
}

#[test]
fn public_keys_do_not_sign() {
    let jwk = Jwk::generate("ES256").unwrap();
    let public = jwk.public().unwrap();
    refused(&JwsKey::from_jwk(public.clone()), &profile(), "is a public key, which signs nothing");
    refused(
        &JwsKey::from_pair(public.clone(), public.clone()),
        &profile(),
        "is a public key, which signs nothing",
    );
    refused(&JwsKey::verify_only(public.clone()), &profile(), "add `read_only`");
    assert!(JwsKey::from_jwk(public.clone()).prepare(&[], &read_only()).is_ok());
    assert!(JwsKey::verify_only(public.clone()).prepare(&[], &read_only()).is_ok());
    // Among the keys that are only read, a public one is welcome.
    let also = [JwsKey::verify_only(public.clone()), JwsKey::from_jwk(public)];
    assert!(JwsKey::secret([1; 32]).prepare(&also, &profile()).is_ok());
    refused(
        &JwsKey::from_pair(oct(32, "HS256"), jwk.public().unwrap()),
        &profile(),
        "use `JwsKey::from_jwk`",
    );
    refused(&JweKey::from_pair(oct(32, "A256KW"), None), &profile(), "use `JweKey::from_jwk`");
}

#[test]
fn the_public_half_is_among_the_publics() {
    let [a, b] = [(); 2].map(|()| Jwk::generate("Ed25519").unwrap());
    let publics = |keys: &[&Jwk]| keys.iter().map(|key| key.public().unwrap()).collect::<JwkSet>();
    accepted(&JwsKey::from_pair(a.clone(), publics(&[&b, &a])), &profile());
    refused(&JwsKey::from_pair(a.clone(), publics(&[&b])), &profile(), "is the public half of");
    refused(&JwsKey::from_pair(a.clone(), JwkSet::default()), &profile(), "is empty");
    let renamed = a.public().unwrap().with_kid("other");
    refused(&JwsKey::from_pair(a.clone(), renamed), &profile(), "make them the same");
    // Private members among the publics are as good as their public half.
    accepted(&JwsKey::from_pair(a.clone(), vec![b, a]), &profile());
}

#[test]
fn a_set_passes_over_what_it_has_no_use_for() {
    let jwk = Jwk::generate("ES256").unwrap();
    let public = jwk.public().unwrap();
    let odd = [
        json!({"kty": "XYZ"}),
        json!({"kty": "oct", "k": "AAAA", "alg": "HS256"}),
        json!({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA", "alg": "ES256K"}),
        json!({"kty": "OKP", "crv": "X25519", "x": "AA"}),
        json!({"kty": "RSA", "n": "AA", "e": "AQAB", "use": "enc", "alg": "RSA-OAEP"}),
    ]
    .map(|json| serde_json::from_value::<Jwk>(json).unwrap());
    let set: JwkSet = odd.iter().cloned().chain([public.clone()]).collect();
    accepted(&JwsKey::from_pair(jwk.clone(), set), &profile());
    let none: JwkSet = odd.into_iter().collect();
    refused(&JwsKey::verify_only(none), &read_only(), "no key of the set can verify");

    let twin = Jwk::generate("ES256").unwrap().public().unwrap().with_kid(public.kid().unwrap());
    refused(
        &JwsKey::from_pair(jwk.clone(), [public.clone(), twin]),
        &profile(),
        "two keys of the set have the `kid`",
    );
    // Understood, and wrong.
    let broken = with(&public, "y", json!("AQAB")).with_kid("broken");
    refused(&JwsKey::from_pair(jwk, [public, broken]), &profile(), "`y` of the key `broken`");
}

#[test]
fn nothing_shows_key_material() {
    let secret = "s3cr3t-s3cr3t-s3cr3t-s3cr3t-s3cr3t";
    let k = base64::encode(secret.as_bytes());
    let jwk: Jwk = serde_json::from_value(json!({"kty": "oct", "k": k, "alg": "HS256", "kid": "a"})).unwrap();
    for text in [
        format!("{:?}", JwsKey::secret(secret)),
        format!("{:?}", JweKey::secret(secret)),
        format!("{:?}", JweKey::password(secret)),
        format!("{:?}", JwsKey::from_jwk(jwk.clone())),
        format!("{:?}", JwsKey::from_pair(jwk.clone(), jwk.clone())),
        format!("{:?}", JweKey::from_pair(jwk.clone(), jwk.clone())),
        format!("{:?}", JwkSet::from(jwk.clone())),
        JweKey::from_jwk(jwk.clone()).prepare(&[], &profile()).map(|_| ()).unwrap_err().0,
        JwsKey::from_jwk(jwk)
            .prepare(&[], &pinned(Some(JwsAlg::Hs512), None, None))
            .map(|_| ())
            .unwrap_err()
            .0,
    ] {
        assert!(!text.contains("s3cr3t") && !text.contains(&k), "{text}");
    }
}

#[test]
fn a_key_is_prepared_once_for_each_use() {
    let key = JwsKey::from_jwk(Jwk::generate("ES256").unwrap());
    let first = key.material(None, true).unwrap();
    assert!(Arc::ptr_eq(&first, &key.clone().material(None, true).unwrap()));
    assert!(!Arc::ptr_eq(&first, &key.material(None, false).unwrap()));
    assert!(!Arc::ptr_eq(&first, &key.material(Some(JwsAlg::Es256), true).unwrap()));
}
