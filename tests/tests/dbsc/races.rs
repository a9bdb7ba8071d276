//! Responses that are lost, and requests that overtake each other: nobody honest is signed out.

use std::time::Duration;

use unjwt::testing::{TestClock, TestStore};

use crate::browser::{Browser, Device, REFRESH, START, offered, post};
use crate::service::{Keys, SHORT, rotating, with_store, without_store};

fn routers(clock: &TestClock) -> [axum::Router; 3] {
    [
        without_store(clock, &Keys::new()),
        with_store(clock, &TestStore::with_clock(clock)).0,
        rotating(clock, &TestStore::with_clock(clock)),
    ]
}

#[tokio::test]
async fn a_lost_answer_to_the_registration_is_made_up_for() {
    let clock = TestClock::new();
    for router in routers(&clock) {
        let mut ada = Browser::new(router, &clock);
        let challenge = offered(&ada.client.post("/login").await).unwrap();
        let mut lost = ada.client.clone();
        let proof = ada.device.register(&challenge);
        assert_eq!(post(&mut lost, START, &[("secure-session-response", &proof)]).await.status, 200);
        // The browser has neither the cookies nor the session, for as long as it likes.
        for _ in 0..10 {
            assert_eq!(ada.client.get("/me").await.text(), "unbound");
            clock.advance(Duration::from_secs(SHORT + 1));
        }
        ada.get("/me").await;
        assert_eq!(ada.get("/me").await.text(), "bound", "offered again, and registered");
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_renewal_is_asked_for_again() {
    let clock = TestClock::new();
    for router in routers(&clock) {
        let mut ada = Browser::logged_in(router, &clock).await;
        for _ in 0..5 {
            clock.advance(Duration::from_secs(SHORT + 1));
            let mut lost = ada.clone();
            assert_eq!(lost.get("/me").await.text(), "bound");
            clock.advance(Duration::from_secs(40));
            assert_eq!(ada.get("/me").await.text(), "bound");
        }
    }
}

#[tokio::test]
async fn two_tabs_that_renew_at_once_both_go_on() {
    let clock = TestClock::new();
    for router in routers(&clock) {
        let mut ada = Browser::logged_in(router, &clock).await;
        for _ in 0..5 {
            clock.advance(Duration::from_secs(SHORT + 1));
            // One browser: both ask with the same cookies, and the later answer stays.
            let [mut one, mut two] = [ada.clone(), ada.clone()];
            let (first, second) = tokio::join!(one.get("/me"), two.get("/me"));
            assert_eq!((first.text(), second.text()), ("bound", "bound"));
            ada = two;
        }
    }
}

/// Two tabs were offered a registration, and the browser made a key for each. Its cookie is bound to one of the two; whichever
/// that is, the other one ends without ending the login.
#[tokio::test]
async fn of_two_registrations_one_stays_whichever_answer_comes_last() {
    let clock = TestClock::new();
    for router in routers(&clock) {
        for first_wins in [true, false] {
            let mut ada = Browser::new(router.clone(), &clock);
            let challenge = offered(&ada.client.post("/login").await).unwrap();
            let [mut one, mut two] =
                [Device::new(), Device::new()].map(|device| Browser { device, ..ada.clone() });
            assert_eq!(one.register(&challenge).await.status, 200);
            assert_eq!(two.register(&challenge).await.status, 200);
            // The jar has the cookies of one answer, and the browser both sessions, each with its key.
            let (mut kept, mut other) = if first_wins { (one, two) } else { (two, one) };
            other.client = kept.client.clone();
            assert_ne!(kept.sessions[0].id, other.sessions[0].id);
            clock.advance(Duration::from_secs(SHORT + 1));
            let reply = other.refresh(0).await;
            assert_eq!(reply.json::<serde_json::Value>()["continue"], false);
            assert!(other.sessions.is_empty());
            assert_eq!(kept.get("/me").await.text(), "bound");
            clock.advance(Duration::from_secs(SHORT + 1));
            assert_eq!(kept.get("/me").await.text(), "bound");
        }
    }
}

#[tokio::test]
async fn a_request_that_left_before_the_registration_is_served() {
    let clock = TestClock::new();
    for router in routers(&clock) {
        let mut ada = Browser::new(router, &clock);
        let reply = ada.client.post("/login").await;
        let mut slow = ada.client.clone();
        ada.register(&offered(&reply).unwrap()).await;
        assert_eq!(slow.get("/me").await.text(), "unbound");
        clock.advance(Duration::from_secs(30));
        assert_eq!(slow.get("/me").await.text(), "unbound");
        assert_eq!(ada.get("/me").await.text(), "bound");
    }
}

#[tokio::test]
async fn an_idle_browser_comes_back() {
    let clock = TestClock::new();
    for router in routers(&clock) {
        let mut ada = Browser::logged_in(router, &clock).await;
        clock.advance(Duration::from_secs(29 * 24 * 60 * 60));
        assert_eq!(ada.get("/me").await.text(), "bound");
        let id = ada.sessions[0].id.clone();
        clock.advance(Duration::from_secs(31 * 24 * 60 * 60));
        let reply = post(&mut ada.client, REFRESH, &[("sec-secure-session-id", &id)]).await;
        assert_eq!(reply.json::<serde_json::Value>()["continue"], false, "the login has expired");
    }
}
