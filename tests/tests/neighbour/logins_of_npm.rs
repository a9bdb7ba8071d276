//! Logins that npm begins, with and without the claims that name them.

use serde_json::{Value, json};

use crate::client::now;
use crate::logins_service::{Login, Rotating, login_at_ours, post_to_ours, shared};
use crate::node::node;
use crate::pair::{Npm, Ours};

const HOUR: u64 = 3600;

/// The data of a login that names itself.
fn named(user: &str, sid: &str) -> Value {
    json!({ "user": user, "visits": 1, "sid": sid, "auth_time": now() })
}

#[test]
fn without_a_sid_each_token_of_npms_is_a_login_of_its_own() {
    let Some(node) = node() else { return };
    let mut pair = shared::<Login>(node);
    pair.begin(Npm);
    let first = login_at_ours(&mut pair).unwrap();
    let copy = pair.client.clone();
    pair.set_ahead(600);
    pair.rotate(Npm);
    let second = login_at_ours(&mut pair).unwrap();
    assert_ne!(second.id, first.id);
    assert!(second.auth_time >= first.auth_time + 600, "a write of npm's seems to be a sign-in");
    // A write here gives it a `sid`, which npm keeps.
    pair.rotate(Ours);
    pair.rotate(Npm);
    assert_eq!(login_at_ours(&mut pair).as_ref(), Some(&second));
    pair.clear(Ours);
    assert_eq!(pair.as_thief(&copy, login_at_ours), Some(first), "a copy from before is another login");
}

#[test]
fn with_a_sid_and_auth_time_of_its_own_it_is_one_login() {
    let Some(node) = node() else { return };
    for mut pair in [shared::<Login>(node), shared::<Rotating>(node)] {
        pair.begin_at_npm(&named("ada", "5a0b2f6e-1f7e-4d5c-9d55-0e0d6a0b7c11"));
        let login = login_at_ours(&mut pair).unwrap();
        let copy = pair.client.clone();
        assert_eq!(pair.send(Ours, "GET", "/fresh", &Value::Null).status, 200);
        pair.set_ahead(600);
        pair.update(Npm, &json!({ "visits": 2 }));
        assert_eq!(login_at_ours(&mut pair).as_ref(), Some(&login));
        assert_eq!(pair.send(Ours, "GET", "/fresh", &Value::Null).status, 401);
        // Written here it gets the name that it has here, and stays the same.
        pair.update(Ours, &json!({ "visits": 3 }));
        assert_eq!(pair.rotate(Npm).data()["sid"], login.id);
        assert_eq!(login_at_ours(&mut pair).as_ref(), Some(&login));
        pair.clear(Ours);
        assert_eq!(pair.as_thief(&copy, login_at_ours), None);
    }
}

#[test]
fn a_login_that_npm_began_rotates_from_its_first_renewal_on() {
    let Some(node) = node() else { return };
    let mut pair = shared::<Rotating>(node);
    pair.begin_at_npm(&named("ada", "one"));
    let login = login_at_ours(&mut pair);
    pair.set_ahead(HOUR / 2 + 60);
    assert_eq!(login_at_ours(&mut pair), login);
    assert_eq!(pair.rotate(Npm).data()["gen"], 1);
    assert_eq!(login_at_ours(&mut pair), login);
    // A generation that nobody issued lets nobody in.
    let mut forged = named("ada", "two");
    forged["gen"] = json!(5);
    pair.begin_at_npm(&forged);
    assert_eq!(login_at_ours(&mut pair), None);
}

#[test]
fn a_sign_in_at_npm_that_keeps_the_old_claims_is_the_old_login() {
    let Some(node) = node() else { return };
    let mut pair = shared::<Login>(node);
    pair.begin_at_npm(&named("ada", "one"));
    let old = login_at_ours(&mut pair);
    let copy = pair.client.clone();
    // npm merges: somebody else has signed in, and the login is still the one before.
    pair.set_ahead(600);
    pair.update(Npm, &json!({ "user": "bob" }));
    assert_eq!(login_at_ours(&mut pair), old);
    // Once that has ended, its cookie stays, and no sign-in helps that keeps its name.
    pair.as_thief(&copy, |pair| pair.clear(Ours));
    assert_eq!(login_at_ours(&mut pair), None);
    pair.update(Npm, &json!({ "user": "bob", "visits": 1 }));
    assert_eq!(login_at_ours(&mut pair), None);
    // With claims of its own it is another login.
    pair.begin_at_npm(&named("bob", "two"));
    assert_ne!(login_at_ours(&mut pair).unwrap().id, old.unwrap().id);
}

#[test]
fn a_login_of_npms_needs_an_epoch_after_those_of_its_user_have_ended() {
    let Some(node) = node() else { return };
    for (end, level, bob_needs_it) in [("/end-all", "user", false), ("/end-everyone", "*", true)] {
        let mut pair = shared::<Login>(node);
        pair.begin_at_npm(&named("ada", "one"));
        post_to_ours(&mut pair, end);
        assert_eq!(login_at_ours(&mut pair), None);
        pair.begin_at_npm(&named("ada", "two"));
        assert_eq!(login_at_ours(&mut pair), None, "it seems to have begun before the end");
        pair.begin_at_npm(&named("bob", "three"));
        assert_eq!(login_at_ours(&mut pair).is_none(), bob_needs_it, "{end}");
        // An epoch is a time in milliseconds.
        let mut later = named("ada", "four");
        later["ep"] = json!({ level: (now() + 1) * 1000 });
        pair.begin_at_npm(&later);
        assert!(login_at_ours(&mut pair).is_some());
        // It lasts until the next end, which has to come later than that.
        pair.set_ahead(60);
        post_to_ours(&mut pair, end);
        assert_eq!(login_at_ours(&mut pair), None);
    }
}

#[test]
fn a_sign_in_in_the_future_or_without_a_name_is_refused() {
    let Some(node) = node() else { return };
    let mut pair = shared::<Login>(node);
    for (name, value) in [("auth_time", json!(now() + HOUR)), ("auth_time", json!("now")), ("sid", json!(""))]
    {
        let mut data = named("ada", "one");
        data[name] = value;
        pair.begin_at_npm(&data);
        assert_eq!(pair.read(Ours).status, "rejected", "{name}: {data}");
    }
}
