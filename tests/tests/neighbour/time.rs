//! Ends, renewals, and clocks that differ.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use unjwt::{JweKey, Jwk, Session};
use unjwt_tests::told;

use crate::node::node;
use crate::pair::{BOTH_WAYS, Npm, Ours, Pair};
use crate::setup::{families, npm, sealed};

const HOUR: u64 = 3600;
/// More than a test takes on a busy machine.
const MARGIN: u64 = 300;

/// A session without an end.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid")]
struct Endless {
    user: String,
    visits: u64,
}

crate::services!(Endless);

#[test]
fn both_sides_agree_when_a_session_is_over() {
    let Some(node) = node() else { return };
    let mut held = 0;
    for mut pair in families(node, &Value::Null, |_| {}) {
        for (one, _) in BOTH_WAYS {
            pair.forget();
            pair.set_ahead(0);
            let begun = pair.begin(one);
            // The client sends what the browser would have dropped.
            pair.set_servers_ahead(HOUR - MARGIN, HOUR - MARGIN);
            for (side, _) in BOTH_WAYS {
                assert_eq!(pair.read(side).valid().session(), begun.session(), "{one:?} {side:?}");
            }
            pair.set_servers_ahead(HOUR, HOUR);
            let at_npm = pair.read(Npm);
            assert_eq!(at_npm.status, "expired", "{one:?} {at_npm:?}");
            assert!(at_npm.answer.set_cookies.is_empty(), "npm leaves the cookie where it is");
            assert_eq!(pair.read(Ours).status, "expired", "{one:?}");
            assert_eq!(pair.cookies(), Vec::<String>::new(), "it is removed here");
            for (side, _) in BOTH_WAYS {
                assert_eq!(pair.read(side).status, "absent", "{side:?}");
            }
            held += 1;
        }
    }
    told!("neighbour: {held} sessions ended on both sides in the same second");
}

#[test]
fn a_write_of_either_side_moves_the_end_for_both() {
    let Some(node) = node() else { return };
    let mut held = 0;
    for mut pair in families(node, &Value::Null, |_| {}) {
        for (one, other) in BOTH_WAYS {
            for write in ["update", "renew"] {
                pair.forget();
                pair.set_ahead(0);
                let begun = pair.begin(one);
                pair.set_ahead(HOUR / 2);
                let written = match write {
                    "update" => pair.update(other, &json!({ "visits": 2 })),
                    _ => pair.rotate(other),
                };
                assert!(written.expires_at() >= begun.expires_at().map(|end| end + HOUR / 2));
                // Past the first end, as a browser sees it.
                pair.set_ahead(HOUR + MARGIN);
                for side in [one, other] {
                    assert_eq!(pair.read(side).valid().session(), written.session(), "{side:?} {write}");
                }
                pair.set_ahead(HOUR / 2 + HOUR + MARGIN);
                assert_eq!(pair.cookies(), Vec::<String>::new(), "the browser dropped it");
                held += 1;
            }
        }
    }
    told!("neighbour: {held} sessions were renewed by the side that had not begun them");
}

#[test]
fn a_session_without_an_end_has_none_on_either_side() {
    let Some(node) = node() else { return };
    let jwk = Jwk::generate("A256GCM").unwrap();
    let mut npm = npm("jwe", &serde_json::to_value(&jwk).unwrap(), &Value::Null);
    npm["config"].as_object_mut().unwrap().remove("maxAge");
    let mut pair = Pair::new(node, &npm, Endless::config(JweKey::from_jwk(jwk))).unwrap();
    for (one, other) in BOTH_WAYS {
        pair.forget();
        pair.set_ahead(0);
        let begun = pair.begin(one);
        let written = begun.answer.set_cookie("sid").unwrap();
        assert_eq!((written.attribute("expires"), written.attribute("max-age")), (None, None));
        pair.set_ahead(365 * 24 * HOUR);
        let read = pair.read(other).valid();
        assert_eq!((read.session(), read.expires_at()), (begun.session(), None));
    }
}

#[test]
fn with_two_lifetimes_a_session_ends_first_where_it_is_shorter() {
    let Some(node) = node() else { return };
    for mut pair in families(node, &json!({ "maxAge": "2h" }), |_| {}) {
        pair.begin(Npm);
        pair.set_servers_ahead(HOUR, HOUR);
        assert_eq!(pair.read(Npm).status, "valid");
        assert_eq!(pair.read(Ours).status, "expired", "`max_age` bounds the age here");
    }
}

#[test]
fn a_clock_that_is_ahead_here_needs_a_tolerance_there() {
    let Some(node) = node() else { return };
    // The other way round, a minute is allowed for.
    for mut pair in families(node, &Value::Null, |_| {}) {
        pair.set_servers_ahead(MARGIN, MARGIN - 30);
        pair.begin(Npm);
        pair.read(Ours).valid();
    }

    let [mut sealed_pair, mut signed_pair] = families(node, &Value::Null, |_| {});
    for pair in [&mut sealed_pair, &mut signed_pair] {
        pair.set_servers_ahead(0, MARGIN);
        pair.begin(Ours);
    }
    let refused = sealed_pair.read(Npm);
    assert_eq!(refused.status, "rejected");
    assert!(refused.reason().contains("issued in the future"), "{refused:?}");
    // npm looks at the age of encrypted tokens only.
    signed_pair.read(Npm).valid();

    let tolerance = json!({ "jwe": { "decryptOptions": { "clockTolerance": MARGIN + 60 } } });
    let mut pair = sealed(node, &tolerance, |_| {});
    pair.set_servers_ahead(0, MARGIN);
    pair.begin(Ours);
    pair.read(Npm).valid();
}
