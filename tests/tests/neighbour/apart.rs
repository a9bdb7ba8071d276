//! Differences between the two sides, and the settings that reconcile them.

use serde_json::{Value, json};
use unjwt::__private::Spec;
use unjwt::jose::Enc;
use unjwt::{JweKey, Jwk, JwsKey};

use crate::client::Client;
use crate::keys::by_npm;
use crate::node::node;
use crate::pair::{BOTH_WAYS, Npm, Ours, Pair};
use crate::service::{Sealed, Signed};
use crate::setup::{families, npm, sealed, signed};
use crate::support::{base64_url, json_segment};

const PASSWORD: &str = "correct horse battery staple";

fn jwk(alg: &str) -> (Jwk, Value) {
    let jwk = Jwk::generate(alg).unwrap();
    (jwk.clone(), serde_json::to_value(jwk).unwrap())
}

#[test]
fn the_default_typ_of_one_is_not_that_of_the_other() {
    let Some(node) = node() else { return };
    // npm takes a `typ` for its own only with "jwt" in it, and else writes `JWT`.
    for (npms, ours) in [(Value::Null, "sid+jwt"), (json!("sid"), "sid")] {
        for family in ["jwe", "jws"] {
            let options = if family == "jwe" { "encryptOptions" } else { "signOptions" };
            let more = json!({ family: { options: { "protectedHeader": { "typ": npms } } } });
            let typ = |spec: &mut Spec| spec.typ = ours;
            let mut pair = if family == "jwe" { sealed(node, &more, typ) } else { signed(node, &more, typ) };
            pair.begin(Npm);
            assert_eq!(pair.read(Ours).status, "rejected", "{family} {npms}");
            pair.forget();
            pair.begin(Ours);
            // npm looks at the `typ` of signed tokens only.
            let expected = if family == "jwe" { "valid" } else { "rejected" };
            assert_eq!(pair.read(Npm).status, expected, "{family} {npms}");
        }
    }
}

#[test]
fn content_encryption_that_nothing_names_is_shared_for_aes_gcm() {
    let Some(node) = node() else { return };
    let (ours, npms) = jwk("A256KW");
    let mut pair =
        Pair::new(node, &npm("jwe", &npms, &Value::Null), Sealed::config(JweKey::from_jwk(ours.clone())))
            .unwrap();
    for (side, enc) in [(Npm, "A128GCM"), (Ours, "A256GCM")] {
        let written = pair.begin(side);
        assert_eq!(json_segment(written.token(), 0)["enc"], enc);
        pair.read(Npm).valid();
        pair.read(Ours).valid();
    }
    // Another is read here only where it is named.
    let cbc = json!({ "jwe": { "encryptOptions": { "enc": "A256CBC-HS512" } } });
    pair.set_npm(&npm("jwe", &npms, &cbc));
    pair.begin(Npm);
    assert_eq!(pair.read(Ours).status, "rejected");
    pair.set_ours(Sealed::config(JweKey::from_jwk(ours).encryption(Enc::A256CbcHs512)));
    pair.read(Ours).valid();
}

#[test]
fn a_secret_is_a_key_of_ours_alone() {
    let Some(node) = node() else { return };
    let (_, npms) = jwk("A256GCM");
    let secret = base64_url(npms["k"].as_str().unwrap());
    let mut pair =
        Pair::new(node, &npm("jwe", &npms, &Value::Null), Sealed::config(JweKey::secret(secret))).unwrap();
    for (one, other) in BOTH_WAYS {
        pair.forget();
        pair.begin(one);
        assert_eq!(pair.read(other).status, "rejected", "{one:?}");
    }
}

#[test]
fn a_secret_that_signs_is_a_jwk_of_npm() {
    let Some(node) = node() else { return };
    let (_, mut npms) = jwk("HS256");
    let secret = base64_url(npms["k"].as_str().unwrap());
    npms.as_object_mut().unwrap().remove("kid");
    let mut pair =
        Pair::new(node, &npm("jws", &npms, &Value::Null), Signed::config(JwsKey::secret(secret))).unwrap();
    for (one, other) in BOTH_WAYS {
        pair.forget();
        pair.begin(one);
        pair.read(other).valid();
    }
}

#[test]
fn npm_takes_one_name_of_ed25519_and_both_are_read_here() {
    let Some(node) = node() else { return };
    for (ours, npms) in [("EdDSA", "Ed25519"), ("Ed25519", "EdDSA")] {
        let (key, mut private) = jwk(ours);
        let mut public = serde_json::to_value(key.public().unwrap()).unwrap();
        (private["alg"], public["alg"]) = (json!(npms), json!(npms));
        let npm = npm("jws", &json!({ "privateKey": private, "publicKey": public }), &Value::Null);
        let mut pair = Pair::new(node, &npm, Signed::config(JwsKey::from_jwk(key))).unwrap();
        pair.begin(Npm);
        pair.read(Ours).valid();
        pair.rotate(Ours);
        assert_eq!(pair.read(Npm).status, "rejected", "{npms}");
    }
}

#[test]
fn a_password_is_16_bytes_or_more_here_and_its_iterations_are_those_of_new_tokens() {
    let Some(node) = node() else { return };
    let short = "15 bytes of it.";
    let refused =
        Pair::new(node, &npm("jwe", &json!(short), &Value::Null), Sealed::config(JweKey::password(short)));
    assert!(refused.is_err());

    let few = json!({ "jwe": { "encryptOptions": { "p2c": 2000 } } });
    let password = JweKey::password(PASSWORD).iterations(1000);
    let mut pair =
        Pair::new(node, &npm("jwe", &json!(PASSWORD), &few), Sealed::config(password.clone())).unwrap();
    pair.begin(Npm);
    assert_eq!(pair.read(Ours).status, "rejected");
    pair.set_ours(Sealed::config(password.accept_iterations(1000..=2000)));
    pair.read(Ours).valid();
    pair.rotate(Ours);
    pair.read(Npm).valid();
}

#[test]
fn h3s_own_sessions_are_neither_sides() {
    let Some(node) = node() else { return };
    let (ours, _) = jwk("A256GCM");
    let h3 =
        json!({ "family": "h3", "config": { "name": "sid", "password": "x".repeat(32), "maxAge": 3600 } });
    let mut pair = Pair::new(node, &h3, Sealed::config(JweKey::from_jwk(ours))).unwrap();
    pair.send(Npm, "PATCH", "", &json!({ "user": "ada", "visits": 1 }));
    assert!(pair.client.cookie("sid").unwrap().starts_with("Fe26.2*"));
    assert_eq!(pair.read(Ours).status, "rejected");
    // Asked for a session of its own, h3 writes over the one that it cannot read.
    pair.begin(Ours);
    pair.send(Npm, "GET", "", &Value::Null);
    assert_eq!(pair.read(Ours).status, "rejected");
}

#[test]
fn a_key_for_dir_needs_both_algorithms_where_npm_made_it() {
    let Some(node) = node() else { return };
    // Its `alg` is what `enc` should be. Here that is a key for `dir`; npm's sessions must be told.
    let made = by_npm(node, "A256GCM", None).private;
    assert_eq!((&made["alg"], &made["enc"]), (&json!("A256GCM"), &Value::Null));
    let key: Jwk = serde_json::from_value(made.clone()).unwrap();
    let ours = || Sealed::config(JweKey::from_jwk(key.clone()));
    let mut pair = Pair::new(node, &npm("jwe", &made, &Value::Null), ours()).unwrap();
    assert_eq!(pair.send(Npm, "PATCH", "", &json!({ "user": "ada" })).status, 500);
    let direct = json!({ "jwe": { "encryptOptions": { "alg": "dir", "enc": "A256GCM" } } });
    pair.set_npm(&npm("jwe", &made, &direct));
    for (one, other) in BOTH_WAYS {
        pair.forget();
        let begun = pair.begin(one);
        assert_eq!(pair.read(other).valid().session(), begun.session(), "{one:?}");
    }
}

#[test]
fn a_key_for_es512_is_made_here() {
    let Some(node) = node() else { return };
    // npm asks Node for a curve `P-512`. It signs with one that was made here.
    let es512 = Client::new(&node.url).post_json("/key", &json!({ "alg": "ES512" })).unwrap();
    assert_eq!(es512.status, 500, "{es512:?}");
}

#[test]
fn a_token_that_one_side_refuses_it_replaces_at_the_next_write() {
    let Some(node) = node() else { return };
    for mut pair in families(node, &Value::Null, |_| {}) {
        for (one, other) in BOTH_WAYS {
            pair.forget();
            pair.client.put_cookie("sid", "garbage");
            for side in [one, other] {
                let refused = pair.read(side);
                assert_eq!(refused.status, "rejected", "{side:?}");
                assert!(refused.answer.set_cookies.is_empty(), "neither removes it: {refused:?}");
            }
            let begun = pair.begin(one);
            assert_eq!(pair.read(other).valid().session(), begun.session(), "{one:?}");
        }
    }
}
