//! The keys that are refused when a session is built, and the reasons that are given.

mod identity;
mod pairs;
mod sets;
mod wiped;

use std::sync::Arc;

use serde_json::{Value, json};

use super::jws_readers::Whose;
use super::{JweKey, Jwk, JwkSet, JwsKey};
use crate::alg::{EcdhCurve, Enc, JweAlg, JwsAlg, KeyManagement};
use crate::config_error::Pins;
use crate::crypto::tests::from_hex;
use crate::token::{Codec, KeyFamily, Profile};
use crate::util::base64;

fn profile() -> Profile {
    Profile { name: "session".to_owned(), anyone_writes: true, max_token_len: 4096, ..Profile::default() }
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
        refused(
            &JwsKey::secret(vec![1; least - 1]),
            &profile,
            &format!("needs at least {least} random ones"),
        );
        refused(&JwsKey::from_jwk(oct(least - 1, alg.name())), &profile, &format!("needs at least {least}"));
    }
    accepted(&JweKey::secret([1; 32]), &profile());
    refused(&JweKey::secret([1; 31]), &profile(), "needs at least 32 random ones");
    accepted(&JweKey::password("0123456789abcdef").iterations(1000), &profile());
    refused(&JweKey::password("0123456789abcde"), &profile(), "needs at least 16");
    refused(&JweKey::password(""), &profile(), "0 bytes");
}

#[test]
fn iterations_out_of_bounds() {
    let key = || JweKey::password("0123456789abcdef");
    refused(&key().iterations(999), &profile(), "999 iterations are outside");
    refused(&key().iterations(10_000_001), &profile(), "outside the range from 1000 to 10000000");
    refused(&key().iterations(2000).accept_iterations(1..=2000), &profile(), "1 iterations are outside");
    refused(
        &key().iterations(2000).accept_iterations(1000..=1999),
        &profile(),
        "`accept_iterations(1000..=1999)`",
    );
    #[expect(clippy::reversed_empty_ranges)]
    let reversed = 3000..=1000;
    refused(&key().iterations(2000).accept_iterations(reversed), &profile(), "does not accept");
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
        refused(&JwsKey::from_jwk(with(&jwk, "e", json!(e))), &profile(), "is not a valid RSA exponent");
    }
    let short = base64::encode(&[0xff; 255]);
    refused(&JwsKey::from_jwk(with(&jwk, "n", json!(short))), &profile(), "2040 bits");
    let padded = base64::encode(&[vec![0; 10], vec![0xff; 250]].concat());
    refused(&JwsKey::from_jwk(with(&jwk, "n", json!(padded))), &profile(), "2000 bits");
    let even = base64::encode(&[0xfe; 256]);
    refused(&JwsKey::from_jwk(with(&jwk, "n", json!(even))), &profile(), "is not an RSA modulus");
    refused(&JwsKey::from_jwk(with(&jwk, "p", Value::Null)), &profile(), "without its primes");
    refused(&JwsKey::from_jwk(with(&jwk, "d", json!("a+b"))), &profile(), "not base64url");
    refused(
        &JwsKey::from_jwk(with(&jwk, "oth", json!([{"r": "AQ", "d": "AQ", "t": "AQ"}]))),
        &profile(),
        "more than two primes",
    );
    accepted(&JwsKey::from_jwk(with(&jwk, "oth", json!([]))), &profile());
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
        "is for `RS256`, but `RS512` is pinned",
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

/// The eight points whose order divides 8, and the encodings of them that RFC 8032 §5.1.3 does not allow:
/// under each, one signature verifies every message, or every eighth.
#[test]
fn ed25519_keys_of_small_order() {
    let okp = Jwk::generate("EdDSA").unwrap().public().unwrap();
    for x in [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        // Not canonical.
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ] {
        let bytes = from_hex(x);
        let weak = with(&okp, "x", json!(base64::encode(&bytes)));
        refused(&JwsKey::verify_only(weak.clone()), &read_only(), "a point of small order");
        let both = [okp.clone(), weak.with_kid("b")];
        assert!(JwsKey::verify_only(both.clone()).prepare(&[], &read_only()).is_ok());
        let own = JwsKey::from_jwk(Jwk::generate("EdDSA").unwrap());
        let error = own.prepare(&[JwsKey::verify_only(both)], &profile()).map(|_| ()).unwrap_err();
        assert!(error.0.starts_with("`also_reads`: ") && error.0.contains("small order"), "{error}");
    }
}

#[test]
fn contradicting_use_and_operations() {
    let jwk = Jwk::generate("ES256").unwrap();
    refused(&JwsKey::from_jwk(with(&jwk, "use", json!("enc"))), &profile(), "`\"use\": \"enc\"`");
    accepted(&JwsKey::from_jwk(with(&jwk, "use", json!("sig"))), &profile());
    accepted(&JwsKey::from_jwk(with(&jwk, "key_ops", json!(["sign"]))), &profile());
    refused(&JwsKey::from_jwk(with(&jwk, "key_ops", json!(["verify"]))), &profile(), "lacks `sign`");
    accepted(&JwsKey::from_jwk(with(&jwk, "key_ops", json!([]))), &profile());
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
    refused(&JwsKey::from_jwk(oct(32, "A256KW")), &profile(), "an encryption algorithm");
    refused(&JwsKey::from_jwk(oct(32, "A256GCM")), &profile(), "an encryption algorithm");
    refused(&JwsKey::from_jwk(oct(32, "none")), &profile(), "not a known signature algorithm");
    refused(&JwsKey::from_jwk(with(&oct(32, "x"), "alg", Value::Null)), &profile(), "names no algorithm");
    refused(
        &JwsKey::secret([1; 32]),
        &pinned(Some(JwsAlg::Es256), None, None),
        "a secret signs with HMAC only",
    );
    refused(&JweKey::from_jwk(oct(32, "HS256")), &profile(), "a signature algorithm");
    refused(&JweKey::from_jwk(Jwk::generate("ES256").unwrap()), &profile(), "a signature algorithm");
    refused(&JweKey::from_jwk(oct(32, "RSA-OAEP")), &profile(), "needs a key pair");
    refused(&JweKey::from_jwk(oct(32, "PBES2-HS256+A128KW")), &profile(), "use `JweKey::password`");
    refused(&JweKey::from_jwk(with(&oct(32, "x"), "alg", Value::Null)), &profile(), "names no algorithm");
    refused(&JweKey::secret([1; 32]), &pinned(None, Some(JweAlg::A256Kw), None), "used with `dir`");
    refused(
        &JweKey::password("0123456789abcdef"),
        &pinned(None, Some(JweAlg::Dir), None),
        "`dir` needs a key, not a password",
    );
    let key = with(&oct(32, "A256KW"), "enc", json!("A256GCM"));
    refused(
        &JweKey::from_jwk(key),
        &pinned(None, None, Some(Enc::A128Gcm)),
        "is for `A256GCM`, but `A128GCM` is pinned",
    );
    refused(&JweKey::from_jwk(oct(32, "A256KW")), &pinned(None, Some(JweAlg::Dir), None), "is for `A256KW`");
}

#[test]
fn what_the_key_names_and_what_is_pinned() {
    let password = || JweKey::password("0123456789abcdef").iterations(1000);
    for alg in [JweAlg::Pbes2Hs256A128Kw, JweAlg::Pbes2Hs384A192Kw, JweAlg::Pbes2Hs512A256Kw] {
        accepted(&password().algorithm(alg).encryption(Enc::A128CbcHs256), &profile());
        accepted(&password().algorithm(alg), &pinned(None, Some(alg), None));
    }
    refused(&password().algorithm(JweAlg::Dir), &profile(), "`dir` needs a key, not a password");
    refused(
        &password().algorithm(JweAlg::Pbes2Hs512A256Kw),
        &pinned(None, Some(JweAlg::Pbes2Hs256A128Kw), None),
        "is set to `PBES2-HS512+A256KW`, but the attribute pins `PBES2-HS256+A128KW`",
    );
    refused(
        &JweKey::secret([1; 32]).encryption(Enc::A128Gcm),
        &pinned(None, None, Some(Enc::A256Gcm)),
        "is set to `A128GCM`, but the attribute pins `A256GCM`",
    );
    refused(
        &JweKey::from_jwk(oct(32, "A256KW")).algorithm(JweAlg::A256GcmKw),
        &profile(),
        "is for `A256KW`, but `A256GCMKW` is pinned",
    );
    accepted(&JwsKey::secret([1; 64]).algorithm(JwsAlg::Hs512), &profile());
    refused(&JwsKey::secret([1; 63]).algorithm(JwsAlg::Hs512), &profile(), "needs at least 64 random ones");
    refused(
        &JwsKey::secret([1; 64]).algorithm(JwsAlg::Hs512),
        &pinned(Some(JwsAlg::Hs256), None, None),
        "is set to `HS512`, but the attribute pins `HS256`",
    );
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
    let first = key.material(None, true, Whose::Ours).unwrap();
    assert!(Arc::ptr_eq(&first, &key.clone().material(None, true, Whose::Ours).unwrap()));
    assert!(!Arc::ptr_eq(&first, &key.material(None, false, Whose::Ours).unwrap()));
    assert!(!Arc::ptr_eq(&first, &key.material(Some(JwsAlg::Es256), true, Whose::Ours).unwrap()));
}
