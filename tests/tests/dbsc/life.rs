//! The life of a bound session in one browser.

use std::time::Duration;

use serde_json::Value;
use unjwt::testing::{TestClient, TestClock, TestStore};

use crate::browser::{Browser, REFRESH, challenge_of, offered, post};
use crate::service::{Keys, SHORT, rotating, with_store, without_store};

#[tokio::test]
async fn a_login_is_bound_and_renewed_by_proofs_alone() {
    let clock = TestClock::new();
    for router in [
        without_store(&clock, &Keys::new()),
        with_store(&clock, &TestStore::with_clock(&clock)).0,
        rotating(&clock, &TestStore::with_clock(&clock)),
    ] {
        let mut ada = Browser::logged_in(router, &clock).await;
        assert_eq!(ada.get("/me").await.text(), "bound");
        assert_eq!(ada.get("/only-bound").await.text(), "yours");
        for _ in 0..20 {
            clock.advance(Duration::from_secs(SHORT + 1));
            let reply = ada.get("/me").await;
            assert_eq!((reply.status.as_u16(), reply.text()), (200, "bound"));
            assert_eq!(offered(&reply), None, "registered once");
        }
        assert_eq!(ada.post("/logout").await.status, 204);
        assert!(ada.client.cookie("__Host-login").is_none() && ada.client.cookie("__Host-access").is_none());
        assert_eq!(ada.get("/me").await.status, 401);
        assert!(ada.sessions.is_empty(), "the browser was told that it is over");
    }
}

#[tokio::test]
async fn a_browser_without_it_notices_nothing() {
    let clock = TestClock::new();
    let store = TestStore::with_clock(&clock);
    for router in [without_store(&clock, &Keys::new()), with_store(&clock, &store).0] {
        let mut ada = TestClient::new(router).with_clock(&clock);
        ada.post("/login").await;
        for _ in 0..5 {
            clock.advance(Duration::from_secs(SHORT + 1));
            assert_eq!(ada.get("/me").await.text(), "unbound");
            assert_eq!(ada.get("/only-bound").await.status, 403);
        }
        ada.post("/logout").await;
        assert_eq!(ada.get("/me").await.status, 401);
    }
}

#[tokio::test]
async fn the_offer_comes_with_the_login_and_until_it_was_taken() {
    let clock = TestClock::new();
    let mut ada = TestClient::new(without_store(&clock, &Keys::new())).with_clock(&clock);
    assert_eq!(offered(&ada.get("/me").await), None, "a visitor");
    assert!(offered(&ada.post("/login").await).is_some());
    assert_eq!(offered(&ada.get("/me").await), None, "nothing was written");
    clock.advance(Duration::from_secs(SHORT + 1));
    assert!(offered(&ada.get("/me").await).is_some(), "it may have been lost");
}

/// The browser registers in the background: the answer to a request of the page's may come after that to the registration.
#[tokio::test]
async fn what_is_asked_during_the_registration_does_not_undo_it() {
    let clock = TestClock::new();
    let store = TestStore::with_clock(&clock);
    for router in [
        without_store(&clock, &Keys::new()),
        with_store(&clock, &store).0,
        rotating(&clock, &TestStore::with_clock(&clock)),
    ] {
        let mut ada = Browser::new(router, &clock);
        let challenge = offered(&ada.client.post("/login").await).unwrap();
        assert!(ada.client.cookie("__Host-access").is_some(), "with the login");
        let reply = ada.client.get("/me").await;
        assert_eq!((reply.text(), reply.set_cookies().count(), offered(&reply)), ("unbound", 0, None));
        assert_eq!(ada.register(&challenge).await.status, 200);
        assert_eq!(ada.get("/me").await.text(), "bound");
    }
}

#[tokio::test]
async fn the_next_challenge_comes_with_the_renewal_and_outlives_the_cookie() {
    let clock = TestClock::new();
    let mut ada = Browser::logged_in(without_store(&clock, &Keys::new()), &clock).await;
    clock.advance(Duration::from_secs(SHORT + 1));
    ada.get("/me").await;
    let first = ada.sessions[0].challenge.clone().expect("a challenge with the answer");
    clock.advance(Duration::from_secs(SHORT + 1));
    let id = ada.sessions[0].id.clone();
    let reply = ada.prove(REFRESH, &id, &first).await;
    assert_eq!(reply.status, 200, "without another round trip");
    let second = challenge_of(&reply).unwrap();
    assert_ne!(first, second);
    // Two tabs: the one before is still good.
    assert_eq!(ada.prove(REFRESH, &id, &first).await.status, 200);
    clock.advance(Duration::from_secs(SHORT));
    let reply = ada.prove(REFRESH, &id, &first).await;
    assert_eq!(reply.status, 403, "old");
    let third = challenge_of(&reply).expect("another to sign");
    assert_eq!(ada.prove(REFRESH, &id, &third).await.status, 200);
}

#[tokio::test]
async fn an_outage_keeps_the_login() {
    let clock = TestClock::new();
    let store = TestStore::with_clock(&clock);
    let mut ada = Browser::logged_in(with_store(&clock, &store).0, &clock).await;
    clock.advance(Duration::from_secs(SHORT + 1));
    store.stop();
    assert_eq!(ada.get("/me").await.status, 503);
    assert_eq!(ada.sessions.len(), 1, "a server error keeps the browser's session");
    store.start();
    clock.advance(Duration::from_secs(2));
    assert_eq!(ada.get("/me").await.text(), "bound");
}

#[tokio::test]
async fn another_machine_goes_on() {
    let clock = TestClock::new();
    let (keys, store) = (Keys::new(), TestStore::with_clock(&clock));
    for [one, other] in [
        [without_store(&clock, &keys), without_store(&clock, &keys)],
        [with_store(&clock, &store).0, with_store(&clock, &store.elsewhere()).0],
    ] {
        let mut ada = Browser::logged_in(one.clone(), &clock).await;
        for router in [other, one] {
            clock.advance(Duration::from_secs(SHORT + 1));
            ada.client.move_to(router);
            assert_eq!(ada.get("/me").await.text(), "bound");
        }
    }
}

#[tokio::test]
async fn a_new_login_is_a_new_session_of_the_browser() {
    let clock = TestClock::new();
    let mut ada = Browser::logged_in(with_store(&clock, &TestStore::with_clock(&clock)).0, &clock).await;
    let old = ada.sessions[0].clone();
    ada.post("/login").await;
    assert_eq!(ada.sessions.len(), 2, "registered anew");
    assert_eq!(ada.get("/me").await.text(), "bound");
    clock.advance(Duration::from_secs(SHORT + 1));
    assert_eq!(ada.get("/me").await.text(), "bound");
    let told: Value = post(&mut ada.client, REFRESH, &[("sec-secure-session-id", &old.id)]).await.json();
    assert_eq!(told, serde_json::json!({ "session_identifier": old.id, "continue": false }));
}

#[tokio::test]
async fn what_the_service_writes_of_a_bound_session_ends_no_later() {
    let clock = TestClock::new();
    let mut ada = Browser::logged_in(without_store(&clock, &Keys::new()), &clock).await;
    clock.advance(Duration::from_secs(SHORT / 2));
    let copied = ada.client.clone();
    for path in ["/theme", "/replace"] {
        assert_eq!(ada.client.post(path).await.status, 204);
        assert_eq!(ada.client.get("/me").await.text(), "bound");
    }
    assert_eq!(ada.client.get("/theme").await.text(), "light");
    clock.advance(Duration::from_secs(SHORT / 2 + 1));
    for mut copy in [copied, ada.client.clone()] {
        assert_eq!(copy.get("/me").await.status, 401);
        for path in ["/theme", "/replace"] {
            assert_eq!(copy.post(path).await.status, 401, "{path}");
        }
    }
    assert_eq!(ada.get("/me").await.text(), "bound");
}
