//! A session whose struct has changed here, beside a runtime that knows no versions.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use unjwt::{Config, JweKey, Jwk, Session};

use crate::node::{Node, node};
use crate::pair::{Npm, Ours, Pair};
use crate::setup::npm;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", max_age = "1h", version = 2, migrate(CountedV1))]
struct Counted {
    user: String,
    visits: u64,
    note: String,
}

#[derive(Deserialize)]
struct CountedV1 {
    user: String,
    visits: u64,
}

impl From<CountedV1> for Counted {
    fn from(old: CountedV1) -> Self {
        Self { user: old.user, visits: old.visits, note: "migrated".to_owned() }
    }
}

/// A program of the first version.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", max_age = "1h", version = 1)]
struct Before {
    user: String,
    visits: u64,
}

crate::services!(Counted, Before);

fn pair<T: crate::service::Service<Key = JweKey>>(node: &'static Node, jwk: &Jwk) -> Pair {
    let npm = npm("jwe", &serde_json::to_value(jwk).unwrap(), &Value::Null);
    Pair::new(node, &npm, Config::<T>::new(JweKey::from_jwk(jwk.clone()))).unwrap()
}

#[test]
fn what_npm_begins_is_of_the_first_version_and_stays_what_it_becomes_here() {
    let Some(node) = node() else { return };
    let mut pair = pair::<Counted>(node, &Jwk::generate("A256GCM").unwrap());
    pair.update(Npm, &json!({ "user": "ada", "visits": 1 }));
    let read = pair.read(Ours).valid();
    assert_eq!(*read.data(), json!({ "user": "ada", "visits": 1, "note": "migrated" }));
    pair.rotate(Ours);
    // The version is a member like any other there.
    let read = pair.read(Npm).valid();
    assert_eq!(*read.data(), json!({ "user": "ada", "visits": 1, "note": "migrated", "v": 2 }));
    pair.update(Npm, &json!({ "visits": 2, "note": "kept" }));
    let read = pair.read(Ours).valid();
    assert_eq!(*read.data(), json!({ "user": "ada", "visits": 2, "note": "kept" }));
}

#[test]
fn npm_can_begin_a_session_of_a_later_version_and_an_older_program_keeps_it() {
    let Some(node) = node() else { return };
    let jwk = Jwk::generate("A256GCM").unwrap();
    let mut later = pair::<Counted>(node, &jwk);
    later.update(Npm, &json!({ "user": "ada", "visits": 1, "note": "theirs", "v": 2 }));
    assert_eq!(later.read(Ours).valid().data()["note"], "theirs");
    later.set_ours(Before::config(JweKey::from_jwk(jwk)));
    assert_eq!(later.read(Ours).status, "rejected");
    assert_eq!(later.read(Npm).valid().data()["note"], "theirs");
}
