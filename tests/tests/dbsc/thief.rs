//! A thief who has copied the cookies, and not the device's key.

use std::time::Duration;

use axum::Router;
use serde_json::Value;
use unjwt::testing::{TestClock, TestStore};

use crate::browser::{Browser, Device, REFRESH, challenge_of, offered, post};
use crate::service::{Keys, SHORT, rotating, with_store, without_store};

/// Each service, and whether its logins can end.
fn services(clock: &TestClock) -> [(Router, bool); 3] {
    [
        (without_store(clock, &Keys::new()), false),
        (with_store(clock, &TestStore::with_clock(clock)).0, true),
        (rotating(clock, &TestStore::with_clock(clock)), true),
    ]
}

/// The same cookies on another device.
fn copy(browser: &Browser) -> Browser {
    Browser { device: Device::new(), ..browser.clone() }
}

#[tokio::test]
async fn copied_cookies_are_good_for_the_short_lifetime_at_most() {
    let clock = TestClock::new();
    for (index, (router, _)) in services(&clock).into_iter().enumerate() {
        let mut ada = Browser::logged_in(router, &clock).await;
        let mut thief = copy(&ada);
        assert_eq!(thief.client.get("/me").await.text(), "bound", "a bearer token until it ends");
        for round in 0..3 {
            clock.advance(Duration::from_secs(SHORT + 1));
            let reply = thief.client.get("/me").await;
            assert_eq!(reply.status, 401);
            assert_eq!(
                (reply.set_cookies().count(), offered(&reply)),
                (0, None),
                "nothing is renewed or offered"
            );
            // A login that rotates ends with the use of a token whose successor's successor is in use.
            let ends = index == 2 && round == 2;
            assert_eq!(ada.get("/me").await.status.as_u16(), if ends { 401 } else { 200 }, "{index} {round}");
        }
    }
}

#[tokio::test]
async fn a_proof_of_another_key_ends_a_login_that_can_end() {
    let clock = TestClock::new();
    for (router, can_end) in services(&clock) {
        let mut ada = Browser::logged_in(router, &clock).await;
        let mut thief = copy(&ada);
        clock.advance(Duration::from_secs(SHORT + 1));
        let id = thief.sessions[0].id.clone();
        let asked = post(&mut thief.client, REFRESH, &[("sec-secure-session-id", &id)]).await;
        let reply = thief.prove(REFRESH, &id, &challenge_of(&asked).unwrap()).await;
        assert_eq!(thief.client.get("/me").await.status, 401);
        if can_end {
            assert_eq!(reply.json::<Value>()["continue"], false);
            assert_eq!(ada.get("/me").await.status, 401, "nobody can tell which of the two is the thief");
        } else {
            assert_eq!(reply.status, 403);
            assert_eq!(ada.get("/me").await.text(), "bound", "the login's own browser goes on");
        }
    }
}

#[tokio::test]
async fn a_bound_login_takes_no_other_device() {
    let clock = TestClock::new();
    for (router, _) in services(&clock) {
        let mut ada = Browser::new(router, &clock);
        let challenge = offered(&ada.client.post("/login").await).unwrap();
        assert_eq!(ada.register(&challenge).await.status, 200);
        ada.confirm(&clock).await;
        let mut thief = copy(&ada);
        assert_eq!(thief.register(&challenge).await.status, 400);
        // The answer may have been lost: the same device registers once more.
        assert_eq!(ada.register(&challenge).await.status, 200);
    }
}

/// What was copied before the registration is good until the bound login was seen, if it can end at all.
#[tokio::test]
async fn a_copy_of_the_unbound_login_dies_when_the_bound_one_is_seen() {
    let clock = TestClock::new();
    // One that rotates ends with the first use of the copy beside the bound one.
    for (router, can_end) in services(&clock).into_iter().take(2) {
        let mut ada = Browser::new(router, &clock);
        let challenge = offered(&ada.client.post("/login").await).unwrap();
        let mut thief = ada.client.clone();
        assert_eq!(ada.register(&challenge).await.status, 200);
        // The gap: none of the answers that bind the login need have arrived.
        ada.confirm(&clock).await;
        clock.advance(Duration::from_secs(SHORT + 1));
        assert_eq!(thief.get("/me").await.text(), "unbound");
        assert_eq!(ada.get("/me").await.text(), "bound", "with the bound login");
        clock.advance(Duration::from_secs(SHORT + 1));
        let reply = thief.get("/me").await;
        assert_eq!(reply.status.as_u16(), if can_end { 401 } else { 200 });
        let mut thief = Browser { client: thief, ..copy(&ada) };
        let registered = match offered(&reply) {
            Some(challenge) => thief.register(&challenge).await.status == 200,
            None => false,
        };
        assert_eq!(registered, !can_end, "without a store, the page says what remains");
        assert_eq!(ada.get("/me").await.text(), "bound");
    }
}

#[tokio::test]
async fn a_logout_ends_what_was_copied() {
    let clock = TestClock::new();
    let mut ada = Browser::logged_in(with_store(&clock, &TestStore::with_clock(&clock)).0, &clock).await;
    let mut copied = ada.clone();
    ada.post("/logout").await;
    assert_eq!(copied.client.get("/me").await.status, 401);
    let reply = copied.refresh(0).await;
    assert_eq!(reply.json::<Value>()["continue"], false, "not even its own device renews it");
    assert_eq!(reply.set_cookies().count(), 0);
}
