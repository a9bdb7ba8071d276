//! The access session ends with its login, whichever of the two is ended.

use axum::http::StatusCode;

use crate::service::{Process, Refresh, claims, two};
use crate::support::Browser;

const OK: StatusCode = StatusCode::OK;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;

async fn signed_in(process: &Process) -> Browser {
    let mut browser = process.sign_in(7).await;
    assert_eq!(process.get(&mut browser, "/me").await, OK);
    browser
}

#[tokio::test]
async fn a_logout_of_either_ends_both_and_every_copy() {
    for logout in ["/logout", "/leave", "/clear"] {
        let (clock, _, here, there) = two();
        let mut browser = signed_in(&here).await;
        let copy = browser.clone();
        assert_eq!(here.post(&mut browser, logout).await, OK, "{logout}");
        assert!(browser.cookies.is_empty(), "{logout}: {:?}", browser.cookies);
        assert_eq!(here.get(&mut copy.clone(), "/me").await, UNAUTHORIZED, "{logout}");
        clock.seconds(10);
        for path in ["/me", "/refresh"] {
            assert_eq!(there.get(&mut copy.clone(), path).await, UNAUTHORIZED, "{logout} {path}");
        }
    }
}

#[tokio::test]
async fn an_end_by_group_reaches_it() {
    let (clock, _, here, there) = two();
    let mut browser = Browser::default();
    here.post(&mut browser, "/both/7").await;
    assert_eq!(there.get(&mut browser, "/me").await, OK);
    let tenant = Some("acme".to_owned());
    here.app.refresh.logins().end_by(Refresh::by_tenant(tenant.as_ref().unwrap())).await.unwrap();
    assert_eq!(here.get(&mut browser, "/me").await, UNAUTHORIZED);
    clock.seconds(10);
    assert_eq!(there.get(&mut browser, "/me").await, UNAUTHORIZED);
}

#[tokio::test]
async fn a_new_login_drops_the_token_of_the_old_one() {
    let (_, _, here, _) = two();
    let mut browser = signed_in(&here).await;
    let old = claims(&browser)["sid"].clone();
    let reply = here.send(&mut browser, "POST", "/login/8").await;
    let removed: Vec<_> = reply.set_cookies().into_iter().filter(|cookie| cookie.removes()).collect();
    assert_eq!(removed.iter().map(|cookie| &*cookie.name).collect::<Vec<_>>(), ["access"]);
    assert_eq!(here.send(&mut browser, "GET", "/me").await.body, "8");
    assert_ne!(claims(&browser)["sid"], old);
}

#[tokio::test]
async fn a_response_can_carry_both() {
    let (_, _, here, _) = two();
    let mut browser = signed_in(&here).await;
    assert_eq!(here.post(&mut browser, "/both/8").await, StatusCode::NO_CONTENT);
    let reply = here.send(&mut browser, "GET", "/me").await;
    assert_eq!((&*reply.body, reply.set_cookies()), ("8", vec![]));
}

#[tokio::test]
async fn a_token_of_an_ended_login_does_not_hide_the_new_one() {
    let (_, _, here, _) = two();
    let mut browser = signed_in(&here).await;
    let stale = browser.cookies["access"].clone();
    here.post(&mut browser, "/login/8").await;
    // Another path, or a response that arrived late.
    browser.cookies.insert("access".to_owned(), stale);
    assert_eq!(here.send(&mut browser, "GET", "/me").await.body, "8");
}
