//! Cookies that both sides write: chunks, removal, attributes.

use serde_json::{Value, json};
use unjwt::__private::SameSite;
use unjwt::{JweKey, Jwk};
use unjwt_tests::told;

use crate::node::node;
use crate::pair::{BOTH_WAYS, Npm, Ours, Pair};
use crate::service::{Sealed, attribute};
use crate::setup::{families, npm, sealed};

/// 12 KB of data, so more than 16,000 characters of a token.
fn large() -> Value {
    json!({ "note": "0123456789abcdef".repeat(768) })
}

/// The whole cookie and its chunks, as many as there are.
fn chunks(pair: &Pair) -> usize {
    let cookies = pair.cookies();
    let numbered = (1..cookies.len()).map(|number| format!("sid.{number}"));
    assert_eq!(cookies, ["sid".to_owned()].into_iter().chain(numbered).collect::<Vec<_>>());
    cookies.len() - 1
}

#[test]
fn chunks_of_either_side_are_read_replaced_and_removed_by_the_other() {
    let Some(node) = node() else { return };
    let mut held = 0;
    for mut pair in families(node, &Value::Null, |_| {}) {
        for (one, other) in BOTH_WAYS {
            pair.forget();
            pair.begin(one);
            assert_eq!(chunks(&pair), 0);
            let grown = pair.update(one, &large());
            assert!(chunks(&pair) >= 5, "{:?}", pair.cookies());
            assert_eq!(pair.read(other).valid().session(), grown.session(), "{one:?} grows");

            // The other's chunks in their place, and then fewer of them.
            let renewed = pair.rotate(other);
            assert!(chunks(&pair) >= 5, "{:?}", pair.cookies());
            assert_eq!(pair.read(one).valid().session(), renewed.session(), "{other:?} renews");
            let shrunk = pair.update(other, &json!({ "note": "0123456789abcdef".repeat(350) }));
            assert_eq!(chunks(&pair), 2);
            assert_eq!(pair.read(one).valid().session(), shrunk.session(), "{other:?} shrinks");
            pair.update(one, &json!({ "note": "short" }));
            assert_eq!(chunks(&pair), 0);
            assert_eq!(pair.read(other).valid().data()["note"], "short");

            pair.update(one, &large());
            pair.clear(other);
            assert_eq!(pair.cookies(), Vec::<String>::new(), "{other:?} ends it with all its chunks");
            held += 1;
        }
    }
    told!("neighbour: {held} chunked sessions grew, shrank and ended, begun on either side");
}

#[test]
fn with_the_same_settings_both_write_the_same_attributes() {
    let Some(node) = node() else { return };
    let cookie = json!({ "cookie": {
        "path": "/", "domain": "example.com", "secure": true, "httpOnly": true, "sameSite": "strict",
        "partitioned": true,
    } });
    let jwk = Jwk::generate("A256GCM").unwrap();
    let ours = attribute::<Sealed>(|spec| {
        let cookie = spec.cookie.as_mut().unwrap();
        cookie.domain = Some("example.com");
        cookie.same_site = Some(SameSite::Strict);
        cookie.partitioned = true;
    });
    let config = Sealed::config(JweKey::from_jwk(jwk.clone())).__with_spec(ours);
    let npm = npm("jwe", &serde_json::to_value(&jwk).unwrap(), &cookie);
    let mut pair = Pair::new(node, &npm, config).unwrap();
    let mut held = 0;
    for (one, _) in BOTH_WAYS {
        pair.forget();
        let begun = pair.begin(one);
        let written = begun.answer.set_cookie("sid").unwrap();
        for (name, value) in [
            ("path", "/"),
            ("domain", "example.com"),
            ("secure", ""),
            ("httponly", ""),
            ("samesite", "Strict"),
            ("partitioned", ""),
        ] {
            assert_eq!(written.attribute(name), Some(value), "{one:?} {name}");
            held += 1;
        }
        // The browser drops it when the token ends.
        let expires = httpdate::parse_http_date(written.attribute("expires").unwrap()).unwrap();
        let expires = expires.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        assert_eq!(Some(expires), begun.expires_at(), "{one:?}");
    }
    told!("neighbour: {held} attributes of cookies alike");
}

#[test]
fn their_defaults_differ_in_same_site_alone() {
    let Some(node) = node() else { return };
    for (mut pair, http_only) in families(node, &Value::Null, |_| {}).into_iter().zip([Some(""), None]) {
        for (side, same_site) in [(Npm, None), (Ours, Some("Lax"))] {
            pair.forget();
            let begun = pair.begin(side);
            let written = begun.answer.set_cookie("sid").unwrap();
            assert_eq!(written.attribute("samesite"), same_site, "{side:?}");
            assert_eq!(written.attribute("httponly"), http_only, "{side:?}");
            assert_eq!(written.attribute("path"), Some("/"), "{side:?}");
            assert_eq!(written.attribute("secure"), Some(""), "{side:?}");
        }
    }
}

#[test]
fn with_two_paths_there_are_two_cookies_and_an_end_on_one_side_is_none_on_the_other() {
    let Some(node) = node() else { return };
    let jwk = Jwk::generate("A256GCM").unwrap();
    let key = serde_json::to_value(&jwk).unwrap();
    let mut pair =
        Pair::new(node, &npm("jwe", &key, &Value::Null), Sealed::config(JweKey::from_jwk(jwk))).unwrap();
    let elsewhere = json!({ "cookie": { "path": pair.path() } });
    pair.set_npm(&npm("jwe", &key, &elsewhere));
    pair.begin(Ours);
    pair.rotate(Npm);
    assert_eq!(pair.cookies(), ["sid", "sid"]);
    pair.clear(Npm);
    pair.read(Ours).valid();
}

#[test]
fn three_chunks_are_read_here_unless_the_attribute_says_more() {
    let Some(node) = node() else { return };
    let mut pair = sealed(node, &Value::Null, |spec| spec.cookie.as_mut().unwrap().max_chunks = 3);
    pair.begin(Npm);
    pair.update(Npm, &large());
    assert_eq!(pair.read(Ours).status, "rejected");
    pair.forget();
    pair.begin(Ours);
    assert_eq!(pair.send(Ours, "PATCH", "", &large()).status, 413, "refused before anything is written");
    pair.read(Npm).valid();
}

#[test]
fn node_takes_three_chunks_and_not_five_unless_it_is_told_to() {
    let Some(node) = node() else { return };
    let mut pair = sealed(node, &Value::Null, |_| {});
    pair.begin(Ours);
    pair.update(Ours, &json!({ "note": "x".repeat(8_000) }));
    pair.read(Npm).valid();
    assert_eq!(chunks(&pair), 3);
    assert_eq!(pair.send_to(&node.usual, "GET", "", &Value::Null).status, 200);
    pair.update(Ours, &large());
    pair.read(Npm).valid();
    assert_eq!(pair.send_to(&node.usual, "GET", "", &Value::Null).status, 431);
}
