//! The access session is made from its login, whenever a request needs one.

use axum::http::StatusCode;

use crate::service::{claims, two};
use crate::support::store::Fault;

const OK: StatusCode = StatusCode::OK;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;

#[tokio::test]
async fn the_first_request_after_the_sign_in_makes_it() {
    let (_, _, here, _) = two();
    let mut browser = here.sign_in(7).await;
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["refresh"]);
    let reply = here.send(&mut browser, "GET", "/me").await;
    assert_eq!((reply.status, &*reply.body), (OK, "7"));
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["access", "refresh"]);
    let reply = here.send(&mut browser, "GET", "/me").await;
    assert_eq!((reply.status, reply.set_cookies()), (OK, vec![]), "then it is only read");
}

#[tokio::test]
async fn without_a_login_there_is_none() {
    let (_, _, here, _) = two();
    let mut visitor = Default::default();
    assert_eq!(here.get(&mut visitor, "/me").await, UNAUTHORIZED);
    assert_eq!(here.send(&mut visitor, "GET", "/maybe").await.body, "false");
    assert_eq!(here.post(&mut visitor, "/replace").await, UNAUTHORIZED);
    assert!(visitor.cookies.is_empty());
}

#[tokio::test]
async fn it_is_made_anew_when_it_has_expired_and_its_login_rotates() {
    let (clock, _, here, there) = two();
    let mut browser = here.sign_in(7).await;
    assert_eq!(here.get(&mut browser, "/me").await, OK);
    for _ in 0..5 {
        let before = browser.clone();
        clock.seconds(15 * 60);
        assert_eq!(there.get(&mut browser, "/me").await, OK);
        assert_ne!(browser.cookies["access"], before.cookies["access"]);
        assert_ne!(browser.cookies["refresh"], before.cookies["refresh"]);
    }
    assert_eq!((here.reused(), there.reused()), (0, 0));
}

#[tokio::test]
async fn a_broken_token_does_not_lock_the_user_out() {
    let (_, _, here, _) = two();
    let mut browser = here.sign_in(7).await;
    browser.cookies.insert("access".to_owned(), "a.b.c".to_owned());
    assert_eq!(here.get(&mut browser, "/me").await, OK);
    assert_ne!(browser.cookies["access"], "a.b.c");
}

#[tokio::test]
async fn it_never_outlives_its_login() {
    let (clock, _, here, _) = two();
    let mut browser = here.sign_in(7).await;
    let began = clock.now();
    let end = began + 30 * 24 * 3600;
    while clock.now() + 60 < end {
        assert_eq!(here.get(&mut browser, "/me").await, OK);
        let claims = claims(&browser);
        assert_eq!(claims["auth_time"], began);
        assert!(claims["exp"].as_u64().unwrap() <= end);
        clock.seconds((6 * 24 * 3600 + 23 * 3600).min(end - 60 - clock.now()));
    }
    assert_eq!(here.get(&mut browser, "/me").await, OK);
    assert_eq!(claims(&browser)["exp"], end);
    clock.seconds(60);
    assert_eq!(here.get(&mut browser, "/me").await, UNAUTHORIZED);
}

#[tokio::test]
async fn lifetimes_differ_by_up_to_five_percent() {
    let (clock, _, here, _) = two();
    let mut lifetimes = Vec::new();
    for _ in 0..60 {
        let mut browser = here.sign_in(7).await;
        here.get(&mut browser, "/me").await;
        lifetimes.push(claims(&browser)["exp"].as_u64().unwrap() - clock.now());
    }
    assert!(lifetimes.iter().all(|lifetime| (855..=900).contains(lifetime)), "{lifetimes:?}");
    lifetimes.sort_unstable();
    lifetimes.dedup();
    assert!(lifetimes.len() > 10, "{lifetimes:?}");
}

#[tokio::test]
async fn an_outage_is_503_and_keeps_every_cookie() {
    let (clock, store, here, _) = two();
    let mut browser = here.sign_in(7).await;
    here.get(&mut browser, "/me").await;
    clock.seconds(15 * 60);
    store.set(Fault::Out);
    let before = browser.clone();
    for path in ["/me", "/maybe"] {
        assert_eq!(here.get(&mut browser, path).await, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(browser.cookies, before.cookies);
    }
    store.set(Fault::None);
    assert_eq!(here.get(&mut browser, "/me").await, OK);
}

#[tokio::test]
async fn a_write_keeps_the_login_and_the_expiry() {
    let (clock, _, here, _) = two();
    let mut browser = here.sign_in(7).await;
    here.get(&mut browser, "/me").await;
    let before = claims(&browser);
    clock.seconds(60);
    assert_eq!(here.post(&mut browser, "/update").await, OK);
    let after = claims(&browser);
    assert_eq!(after["user"], 8);
    assert_ne!(after["jti"], before["jti"]);
    for claim in ["sid", "auth_time", "exp", "ep"] {
        assert_eq!(after[claim], before[claim], "{claim}");
    }
    assert_eq!(here.post(&mut browser, "/replace").await, OK);
    assert_eq!((&claims(&browser)["sid"], &claims(&browser)["user"]), (&before["sid"], &99.into()));
}
