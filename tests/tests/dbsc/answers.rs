//! Honest browsers in the conditions of a real network: answers that are late or lost, and a store that is out.

use std::time::Duration;

use unjwt::Jwk;
use unjwt::testing::{TestClient, TestClock, TestStore};

use crate::browser::{Browser, FIRST, offered};
use crate::served;
use crate::service::{Keys, next_period, rotating, with_store, without_store};

/// A deployment with another key or another struct of the short session: the cookie in the jar keeps the browser from renewing.
#[tokio::test]
async fn a_short_session_that_is_not_understood_locks_nobody_out() {
    let clock = TestClock::new();
    let keys = Keys::new();
    let mut ada = Browser::logged_in(without_store(&clock, &keys), &clock).await;
    let deployed = Keys { access: Jwk::generate("ES256").unwrap(), ..keys.clone() };
    ada.client.move_to(without_store(&clock, &deployed));
    ada.get("/me").await;
    // The browser renews for the next request, if the refused cookie was removed.
    let reply = ada.get("/me").await;
    assert_eq!((reply.status.as_u16(), reply.text()), (200, "bound"), "for as long as the old cookie lasts");
    // Of a login that is not bound, the answer replaces it, and removes nothing.
    let mut bob = TestClient::new(without_store(&clock, &keys)).with_clock(&clock);
    bob.post("/login").await;
    bob.get("/me").await;
    bob.move_to(without_store(&clock, &deployed));
    let reply = bob.get("/me").await;
    assert_eq!((reply.text(), reply.set_cookies().collect()), ("unbound", vec!["__Host-access"]));
    assert!(bob.cookie("__Host-access").is_some());
}

/// The answer takes two seconds to the browser, which counts `Max-Age` from then on.
#[tokio::test]
async fn the_cookie_ends_before_its_token_does() {
    let clock = TestClock::new();
    let mut ada = Browser::logged_in(without_store(&clock, &Keys::new()), &clock).await;
    next_period(&clock);
    let reply = ada.refresh(0).await;
    let mut lines = reply.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let line = lines.find(|line| line.starts_with("__Host-access=")).unwrap();
    let max_age: u64 = line.split("Max-Age=").nth(1).unwrap().split(';').next().unwrap().parse().unwrap();
    let value = ada.client.cookie("__Host-access").unwrap().to_owned();
    clock.advance(Duration::from_secs(max_age + 1));
    // Still in the browser's jar.
    ada.client.plant_cookie("__Host-access", &value);
    assert_eq!(ada.get("/me").await.text(), "bound", "the browser has no reason to renew yet");
}

/// The head of the answer arrived, and with it the cookies; its body did not, or the browser ended before it wrote its
/// session down.
#[tokio::test]
async fn a_registration_whose_body_is_lost_is_made_up_for() {
    let clock = TestClock::new();
    let routers = [
        without_store(&clock, &Keys::new()),
        with_store(&clock, &TestStore::with_clock(&clock)).0,
        rotating(&clock, &TestStore::with_clock(&clock)),
    ];
    for router in routers {
        let mut ada = Browser::new(router, &clock);
        ada.post("/login").await;
        ada.sessions.clear();
        clock.advance(Duration::from_secs(FIRST + 1));
        let reply = ada.get("/me").await;
        assert_eq!(
            (reply.status.as_u16(), reply.text()),
            (200, "unbound"),
            "renewed as before, and offered again"
        );
        assert_eq!(ada.sessions.len(), 1);
        ada.confirm(&clock).await;
    }
}

/// What waits for its browser's first proof waits for as long as a registration may take.
#[tokio::test]
async fn a_copy_of_a_login_that_was_just_registered_is_good_for_minutes() {
    let clock = TestClock::new();
    let mut ada = Browser::new(without_store(&clock, &Keys::new()), &clock);
    ada.post("/login").await;
    let mut copy = ada.client.clone();
    next_period(&clock);
    let reply = copy.get("/me").await;
    assert_eq!((reply.status.as_u16(), offered(&reply)), (401, None));
    assert_eq!(ada.get("/me").await.text(), "bound", "its own browser goes on");
}

#[tokio::test]
async fn a_cookie_that_ends_with_the_browser_is_renewed_as_well() {
    let clock = TestClock::new();
    let router = served::router(&clock, &TestStore::with_clock(&clock), &served::Slow::default());
    let mut ada = Browser::logged_in(router, &clock).await;
    assert_eq!(ada.client.post("/until-closed").await.status, 204);
    next_period(&clock);
    ada.get("/me").await;
    assert_eq!(ada.get("/me").await.text(), "bound", "the browser has the cookie until it is closed");
}

/// An upload that began before the registration and updates the login after the first renewal, on another machine, which has
/// to ask the store again.
#[tokio::test]
async fn an_update_that_overtakes_the_registration_signs_nobody_out() {
    let clock = TestClock::new();
    let store = TestStore::with_clock(&clock);
    let slow = served::Slow::default();
    let here = served::router(&clock, &store, &served::Slow::default());
    let there = served::router(&clock, &store.elsewhere(), &slow);
    let mut ada = Browser::new(here.clone(), &clock);
    let reply = ada.client.post("/login").await;
    let mut uploading = ada.client.clone();
    uploading.move_to(there);
    let mut upload = Box::pin(uploading.post("/slow"));
    tokio::select! {
        _ = &mut upload => panic!("it waits"),
        () = slow.entered.notified() => {}
    }
    assert_eq!(ada.register(&offered(&reply).unwrap()).await.status, 200);
    // The browser renews early: the cookie was deleted, or is about to end.
    assert_eq!(ada.refresh(0).await.status, 200);
    clock.advance(Duration::from_secs(11));
    slow.go_on.notify_one();
    let written = upload.await;
    let mut lines = written.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let late = lines.find_map(|line| line.strip_prefix("login=")?.split(';').next());
    if let Some(late) = late {
        // The last answer to arrive.
        ada.client.plant_cookie("login", late);
    }
    next_period(&clock);
    assert_eq!(ada.get("/me").await.status, 200, "{written:?}");
}

#[tokio::test]
async fn a_registration_during_an_outage_binds_nothing() {
    let clock = TestClock::new();
    let store = TestStore::with_clock(&clock);
    let mut ada = Browser::new(with_store(&clock, &store).0, &clock);
    let challenge = offered(&ada.client.post("/login").await).unwrap();
    clock.advance(Duration::from_secs(30));
    store.stop();
    let reply = ada.register(&challenge).await;
    assert_eq!((reply.status.as_u16(), reply.set_cookies().count()), (503, 0));
    store.start();
    clock.advance(Duration::from_secs(2));
    assert_eq!(ada.client.get("/me").await.text(), "unbound");
    assert_eq!(ada.register(&challenge).await.status, 200, "asked again");
    assert_eq!(ada.get("/me").await.text(), "bound");
}

/// A renewal while the store is out and logins are served.
#[tokio::test]
async fn a_served_login_is_renewed() {
    let clock = TestClock::new();
    let store = TestStore::with_clock(&clock);
    let mut ada = Browser::logged_in(served::router(&clock, &store, &served::Slow::default()), &clock).await;
    let mut renewed_before =
        Browser::logged_in(served::router(&clock, &store, &served::Slow::default()), &clock).await;
    assert_eq!(renewed_before.refresh(0).await.status, 200);
    let mut unbound =
        TestClient::new(served::router(&clock, &store, &served::Slow::default())).with_clock(&clock);
    unbound.post("/login").await;
    assert_eq!(unbound.get("/me").await.text(), "unbound");
    store.stop();
    next_period(&clock);
    assert_eq!(unbound.get("/me").await.text(), "unbound", "served");
    assert_eq!(renewed_before.refresh(0).await.status, 200, "served");
    let reply = ada.refresh(0).await;
    assert_eq!(reply.status, 200, "served as well, by the check of the login from which it was bound");
    assert_eq!(ada.get("/me").await.text(), "bound");
    store.start();
    clock.advance(Duration::from_secs(2));
    for _ in 0..2 {
        next_period(&clock);
        assert_eq!(ada.get("/me").await.text(), "bound");
    }
}
