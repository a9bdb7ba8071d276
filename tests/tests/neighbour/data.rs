//! A session's data as it passes between JavaScript and Rust.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use unjwt::{Config, JweKey, Jwk, Session};
use unjwt_tests::told;

use crate::node::{Node, node};
use crate::pair::{BOTH_WAYS, Npm, Ours, Pair};
use crate::service::Service;
use crate::setup::{npm, sealed};

/// Keeps what it does not know.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", max_age = "1h")]
struct Open {
    user: String,
    visits: u64,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// Names its issuer.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", max_age = "1h", issuer = "https://id.example.com", audience = "shop")]
struct Issued {
    user: String,
    visits: u64,
}

crate::services!(Open, Issued);

fn pair<T: Service<Key = JweKey>>(node: &'static Node, more: &Value) -> Pair {
    let jwk = Jwk::generate("A256GCM").unwrap();
    let npm = npm("jwe", &serde_json::to_value(&jwk).unwrap(), more);
    Pair::new(node, &npm, Config::<T>::new(JweKey::from_jwk(jwk))).unwrap()
}

#[test]
fn every_kind_of_json_comes_back_as_it_was() {
    let Some(node) = node() else { return };
    let data = json!({
        "user": "Ådä \u{1f99c} \"\\\u{0}\u{1f} \u{2028} </script>",
        "visits": 9_007_199_254_740_991_u64,
        "nested": { "list": [1, -2, 0.1, 1.5e300, null, true, [], {}], "": "empty name" },
        "null": null,
        "ключ": "ç",
    });
    let mut held = 0;
    let mut pair = pair::<Open>(node, &Value::Null);
    for (one, other) in BOTH_WAYS {
        pair.forget();
        let begun = pair.update(one, &data);
        assert_eq!(*begun.data(), data, "{one:?}");
        assert_eq!(*pair.read(other).valid().data(), data, "{one:?}");
        assert_eq!(*pair.rotate(other).data(), data, "{other:?}");
        assert_eq!(*pair.read(one).valid().data(), data, "{other:?}");
        held += 1;
    }
    told!("neighbour: {held} times all of JSON crossed, and came back");
}

#[test]
fn a_write_here_keeps_what_the_struct_has() {
    let Some(node) = node() else { return };
    let more = json!({ "user": "ada", "visits": 1, "theme": "dark" });
    // A struct that does not know `theme` reads the session, and its writes leave it out.
    let mut closed = sealed(node, &Value::Null, |_| {});
    closed.update(Npm, &more);
    closed.read(Ours).valid();
    assert_eq!(closed.read(Npm).data()["theme"], "dark");
    closed.rotate(Ours);
    assert_eq!(closed.read(Npm).data()["theme"], Value::Null);
    // With `#[serde(flatten)]` for the rest it stays.
    let mut open = pair::<Open>(node, &Value::Null);
    open.update(Npm, &more);
    open.rotate(Ours);
    assert_eq!(open.read(Npm).data()["theme"], "dark");
}

#[test]
fn a_field_that_the_struct_needs_must_be_in_npms_data() {
    let Some(node) = node() else { return };
    let mut pair = sealed(node, &Value::Null, |_| {});
    pair.update(Npm, &json!({ "user": "ada" }));
    assert_eq!(pair.read(Ours).status, "rejected", "no `visits`");
    pair.update(Npm, &json!({ "visits": 1 }));
    pair.read(Ours).valid();
}

#[test]
fn whole_numbers_beyond_53_bits_change_in_javascript() {
    let Some(node) = node() else { return };
    let mut pair = sealed(node, &Value::Null, |_| {});
    let number = (1_u64 << 53) + 1;
    pair.update(Ours, &json!({ "user": "ada", "visits": number }));
    assert_eq!(pair.read(Ours).data()["visits"], number);
    pair.rotate(Npm);
    assert_eq!(pair.read(Ours).data()["visits"], number - 1);
}

#[test]
fn half_a_surrogate_pair_is_no_text_here() {
    let Some(node) = node() else { return };
    let mut pair = sealed(node, &Value::Null, |_| {});
    pair.begin(Npm);
    // As `"🦜".slice(0, 1)` leaves it.
    pair.send_text(&node.url, "PATCH", "", r#"{ "note": "\ud83e" }"#);
    // Not as JSON: no parser here takes it.
    let read = pair.send(Npm, "GET", "", &Value::Null);
    assert!(read.body.contains(r#""status":"valid""#) && read.body.contains(r"\ud83e"), "{read:?}");
    assert_eq!(pair.read(Ours).status, "rejected");
}

#[test]
fn declared_claims_are_written_here_and_by_npms_data() {
    let Some(node) = node() else { return };
    let claims = json!({ "iss": "https://id.example.com", "aud": "shop" });
    let checks =
        json!({ "jwe": { "decryptOptions": { "issuer": claims["iss"], "audience": claims["aud"] } } });
    let mut pair = pair::<Issued>(node, &checks);
    // Once they are there, an update on either side keeps them.
    pair.begin(Ours);
    let read = pair.read(Npm).valid();
    assert_eq!((&read.data()["iss"], &read.data()["aud"]), (&claims["iss"], &claims["aud"]));
    pair.rotate(Npm);
    pair.rotate(Ours);
    pair.read(Npm).valid();
    // npm writes what it checks only if it is in the data.
    pair.forget();
    pair.begin(Npm);
    assert_eq!(pair.read(Ours).status, "rejected");
    assert_eq!(pair.read(Npm).status, "rejected");
    pair.forget();
    pair.update(Npm, &json!({ "user": "ada", "visits": 1, "iss": claims["iss"], "aud": claims["aud"] }));
    pair.read(Ours).valid();
    pair.read(Npm).valid();
}
