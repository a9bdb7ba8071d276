//! Logins that our service begins and ends, and what npm does to their claims.

use serde_json::{Value, json};
use unjwt_tests::told;

use crate::logins_service::{Login, OwnLogin, Rotating, login_at_ours, post_to_ours, shared, two};
use crate::node::{Node, node};
use crate::pair::{Npm, Ours, Pair};
use crate::service::Service;
use crate::support::json_segment;

const MINUTE: u64 = 60;

/// The claims of a login, as npm shows them among the data.
fn claims(data: &Value) -> Value {
    let names = ["sid", "auth_time", "ep", "gen"];
    names.iter().filter_map(|name| Some(((*name).to_owned(), data.get(name)?.clone()))).collect()
}

fn begun<T: OwnLogin + Service<Key = unjwt::JweKey>>(node: &'static Node) -> (Pair, Value) {
    let mut pair = shared::<T>(node);
    pair.begin(Ours);
    // The next login began under an epoch, which its tokens state.
    post_to_ours(&mut pair, "/end-all");
    pair.forget();
    pair.begin(Ours);
    let claims = claims(pair.read(Npm).valid().data());
    (pair, claims)
}

#[test]
fn npm_shows_the_claims_of_a_login_among_its_data_and_writes_them_again() {
    let Some(node) = node() else { return };
    let mut held = 0;
    let kinds = [(begun::<Login>(node), false), (begun::<Rotating>(node), true)];
    for ((mut pair, claims_at_first), rotates) in kinds {
        let login = login_at_ours(&mut pair).unwrap();
        assert_eq!(claims_at_first["sid"], login.id);
        assert_eq!(claims_at_first["auth_time"], login.auth_time);
        assert!(claims_at_first["ep"]["user"].as_u64() > Some(0), "{claims_at_first}");
        assert_eq!(claims_at_first.get("gen"), rotates.then_some(&json!(1)));
        pair.set_ahead(10 * MINUTE);
        for write in [true, false] {
            let written = if write { pair.update(Npm, &json!({ "visits": 2 })) } else { pair.rotate(Npm) };
            assert_eq!(claims(written.data()), claims_at_first);
            // The same login, which began when it did.
            assert_eq!(login_at_ours(&mut pair).as_ref(), Some(&login));
            assert_eq!(pair.read(Ours).valid().data()["visits"], 2);
            held += 1;
        }
        let stale = pair.send(Ours, "GET", "/fresh", &Value::Null);
        assert_eq!(stale.status, 401, "a write of npm's is not a sign-in");
        // And back.
        pair.update(Ours, &json!({ "visits": 3 }));
        assert_eq!(claims(pair.read(Npm).valid().data()), claims_at_first);
    }
    told!("neighbour: {held} writes of npm's kept the claims of a login");
}

#[test]
fn a_logout_here_ends_what_npm_wrote_for_us_and_not_for_npm() {
    let Some(node) = node() else { return };
    for (mut pair, _) in [begun::<Login>(node), begun::<Rotating>(node)] {
        let before = pair.client.clone();
        pair.update(Npm, &json!({ "visits": 2 }));
        let after = pair.client.clone();
        assert!(login_at_ours(&mut pair).is_some());
        pair.clear(Ours);
        assert_eq!(pair.read(Npm).status, "absent", "the cookie is gone for both");
        for copy in [&before, &after] {
            assert_eq!(pair.as_thief(copy, login_at_ours), None);
            pair.as_thief(copy, |pair| {
                // npm asks no store: for its own routes a copy is good, and even renewed.
                pair.read(Npm).valid();
                pair.update(Npm, &json!({ "visits": 9 }));
                assert_eq!(login_at_ours(pair), None, "but it never comes back to life here");
            });
        }
    }
}

#[test]
fn npms_writes_do_not_outlive_the_absolute_end_here() {
    let Some(node) = node() else { return };
    let (mut pair, _) = begun::<Login>(node);
    for minutes in [50, 100, 150] {
        pair.set_ahead(minutes * MINUTE);
        pair.rotate(Npm);
        assert!(login_at_ours(&mut pair).is_some());
    }
    // Three hours after the sign-in, with a token that npm made half an hour ago.
    pair.set_ahead(180 * MINUTE);
    pair.read(Npm).valid();
    assert_eq!(login_at_ours(&mut pair), None);
}

#[test]
fn a_copy_that_npm_kept_alive_is_found_and_ends_the_login() {
    let Some(node) = node() else { return };
    let (mut pair, _) = begun::<Rotating>(node);
    let login = login_at_ours(&mut pair).unwrap();
    let mut copy = pair.client.clone();
    for (minutes, generation) in [(31, 2), (62, 3)] {
        pair.set_ahead(minutes * MINUTE);
        // The response to this reading renews the token, and npm writes one of the same generation.
        assert_eq!(login_at_ours(&mut pair).as_ref(), Some(&login));
        assert_eq!(pair.rotate(Npm).data()["gen"], generation);
        assert_eq!(login_at_ours(&mut pair).as_ref(), Some(&login));
        // The thief's has expired here by the time it is used, unless npm gives it another end.
        copy = pair.as_thief(&copy, |pair| {
            assert_eq!(pair.rotate(Npm).data()["gen"], 1);
            pair.client.clone()
        });
    }
    pair.set_ahead(65 * MINUTE);
    assert_eq!(login_at_ours(&mut pair).as_ref(), Some(&login));
    assert_eq!(pair.as_thief(&copy, login_at_ours), None);
    assert_eq!(login_at_ours(&mut pair), None, "nobody knows which of the two is the thief");
}

#[test]
fn an_end_at_npm_removes_the_cookie_alone() {
    let Some(node) = node() else { return };
    for (mut pair, _) in [begun::<Login>(node), begun::<Rotating>(node)] {
        let login = login_at_ours(&mut pair);
        let copy = pair.client.clone();
        pair.clear(Npm);
        assert_eq!(pair.cookies(), Vec::<String>::new());
        assert_eq!(pair.read(Ours).status, "absent");
        assert_eq!(pair.as_thief(&copy, login_at_ours), login, "a copy is as good as before");
        // A logout here needs the cookie, so it has to come before npm's.
        pair.clear(Ours);
        assert_eq!(pair.as_thief(&copy, login_at_ours), login);
    }
}

#[test]
fn a_session_that_belongs_to_a_login_is_read_and_written_by_npm() {
    let Some(node) = node() else { return };
    let (mut pair, npm) = two(node);
    post_to_ours(&mut pair, "/sign-in");
    let login = login_at_ours(&mut pair).unwrap();
    let access = pair.read(Npm).valid();
    let of_access = claims(access.data());
    assert_eq!((&of_access["sid"], &of_access["auth_time"]), (&json!(login.id), &json!(login.auth_time)));
    assert!(of_access["ep"].is_object() && of_access.get("gen").is_none(), "{of_access}");
    // The short one, written by npm.
    let written = pair.update(Npm, &json!({ "visits": 2 }));
    assert_eq!(json_segment(written.token(), 1)["ep"], of_access["ep"]);
    assert_eq!(pair.read(Ours).valid().data()["visits"], 2);
    assert_eq!(login_at_ours(&mut pair).as_ref(), Some(&login));
    // The login, written by npm; then the short one expires and is made from it.
    pair.set_npm(&npm.refresh);
    assert_eq!(pair.update(Npm, &json!({ "user": "ada l." })).data()["sid"], login.id);
    pair.set_ahead(30 * MINUTE);
    assert_eq!(pair.read(Ours).valid().data()["user"], "ada l.");
    assert_eq!(pair.read(Npm).valid().data()["gen"], 2, "renewed with it");
    let stolen = pair.client.clone();
    post_to_ours(&mut pair, "/logout");
    assert_eq!(pair.as_thief(&stolen, login_at_ours), None);
}
