//! A store that is out: never a logout, never a login, and a logout nevertheless.

use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;

use crate::service::{Login, eventually, two};
use crate::support::store::Fault;

const OK: StatusCode = StatusCode::OK;
const OUT: StatusCode = StatusCode::SERVICE_UNAVAILABLE;

#[tokio::test]
async fn it_is_answered_with_503_and_signs_nobody_out() {
    let (clock, store, here, there) = two();
    let mut browser = here.sign_in(7).await;
    store.set(Fault::Out);
    assert_eq!(here.get(&mut browser, "/me").await, OK, "checked within recheck");
    clock.seconds(10);
    for path in ["/me", "/maybe", "/current", "/manager"] {
        for process in [&here, &there] {
            let reply = process.send(&mut browser, "GET", path).await;
            assert_eq!(reply.status, OUT, "{path}");
            assert!(reply.headers.contains_key(RETRY_AFTER) && reply.body.is_empty());
            assert_eq!(browser.cookies.len(), 1);
        }
    }
    assert_eq!(here.post(&mut browser.clone(), "/login/7").await, OUT);
    store.set(Fault::None);
    assert_eq!((here.get(&mut browser, "/me").await, there.get(&mut browser, "/me").await), (OK, OK));
}

#[tokio::test]
async fn visitors_without_a_session_notice_nothing() {
    let (_, store, here, _) = two();
    store.set(Fault::Out);
    let mut visitor = Default::default();
    assert_eq!(here.get(&mut visitor, "/maybe").await, OK);
    assert_eq!(here.get(&mut visitor, "/me").await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_logout_removes_the_cookie_says_so_and_is_repeated() {
    let (clock, store, here, there) = two();
    let mut browser = here.sign_in(7).await;
    let mut copy = browser.clone();
    clock.seconds(10);
    store.set(Fault::Out);
    assert_eq!(here.post(&mut browser, "/logout").await, OUT);
    assert!(browser.cookies.is_empty());
    assert_eq!(here.get(&mut copy, "/me").await, StatusCode::UNAUTHORIZED, "this process knows");
    assert_eq!(there.get(&mut copy, "/me").await, OUT);
    store.set(Fault::None);
    eventually(async || {
        clock.seconds(10);
        there.get(&mut copy, "/me").await == StatusCode::UNAUTHORIZED
    })
    .await;
}

#[tokio::test]
async fn a_store_that_only_reads_loses_no_logout_either() {
    let (_, store, here, there) = two();
    let (mut browser, mut other) = (here.sign_in(7).await, here.sign_in(8).await);
    let mut copy = browser.clone();
    store.set(Fault::NotWriting);
    assert_eq!(here.post(&mut browser, "/logout").await, OUT);
    assert!(here.logins.logins().end_by(Login::by_user(&8)).await.is_err());
    assert_eq!(here.get(&mut copy, "/me").await, StatusCode::UNAUTHORIZED);
    assert_eq!(here.get(&mut other, "/me").await, StatusCode::UNAUTHORIZED);
    store.set(Fault::None);
    let fresh = async || (there.logins.logins().list(Login::by_user(&8)).await).unwrap().is_empty();
    eventually(fresh).await;
    eventually(async || {
        crate::service::Process::new(&store, &crate::support::TestClock::new()).get(&mut copy, "/me").await
            == StatusCode::UNAUTHORIZED
    })
    .await;
}
