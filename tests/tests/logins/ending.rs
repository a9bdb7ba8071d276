//! Ending a login: its own, another, several.

use axum::http::StatusCode;
use unjwt::ErrorKind;

use crate::service::{Login, two, user};
use crate::support::Browser;

const OK: StatusCode = StatusCode::OK;
const GONE: StatusCode = StatusCode::UNAUTHORIZED;

#[tokio::test]
async fn a_logout_ends_every_copy_here_at_once_and_elsewhere_within_recheck() {
    for logout in ["/logout", "/clear", "/take"] {
        let (clock, _, here, there) = two();
        let mut browser = here.sign_in(7).await;
        let mut copy = browser.clone();
        assert_eq!((here.get(&mut copy, "/me").await, there.get(&mut copy, "/me").await), (OK, OK));
        assert_eq!(here.post(&mut browser, logout).await, OK);
        assert!(browser.cookies.is_empty(), "{logout}");
        assert_eq!(here.get(&mut copy, "/me").await, GONE, "{logout}");
        assert_eq!(there.get(&mut copy, "/me").await, OK, "within recheck");
        clock.seconds(10);
        assert_eq!(there.get(&mut copy, "/me").await, GONE, "{logout}");
        assert_eq!(copy.cookies.len(), 1, "no verdict removes a cookie");
    }
}

#[tokio::test]
async fn tokens_that_were_renewed_end_with_their_login() {
    let (_, _, here, _) = two();
    let mut browser = here.sign_in(7).await;
    let mut copies = vec![browser.clone()];
    for renewal in ["/visit", "/rotate", "/visit"] {
        assert_eq!(here.post(&mut browser, renewal).await, OK);
        copies.push(browser.clone());
    }
    assert_eq!(here.post(&mut browser, "/logout").await, OK);
    for mut copy in copies {
        assert_eq!(here.get(&mut copy, "/me").await, GONE);
        assert_eq!(here.post(&mut copy, "/visit").await, GONE, "nor can it be renewed");
    }
}

#[tokio::test]
async fn a_sign_in_ends_the_login_before() {
    let (clock, _, here, there) = two();
    let mut browser = here.sign_in(7).await;
    let mut before = browser.clone();
    assert_eq!(here.post(&mut browser, "/login/8").await, StatusCode::NO_CONTENT);
    assert_eq!((here.get(&mut before, "/me").await, here.get(&mut browser, "/me").await), (GONE, OK));
    clock.seconds(10);
    assert_eq!((there.get(&mut before, "/me").await, there.get(&mut browser, "/me").await), (GONE, OK));
}

#[tokio::test]
async fn a_logout_with_an_expired_token_ends_the_login_of_its_renewals() {
    let (clock, _, here, _) = two();
    let mut browser = here.sign_in(7).await;
    let mut old = browser.clone();
    clock.seconds(6 * 86400);
    assert_eq!(here.post(&mut browser, "/rotate").await, OK);
    clock.seconds(2 * 86400);
    assert_eq!((here.get(&mut old.clone(), "/me").await, here.get(&mut browser, "/me").await), (GONE, OK));
    assert_eq!(here.post(&mut old, "/logout").await, OK);
    assert_eq!(here.get(&mut browser, "/me").await, GONE);
}

#[tokio::test]
async fn all_logins_of_a_user_end_and_no_others() {
    let (clock, _, here, there) = two();
    let (mut one, mut two, mut other) =
        (here.sign_in(7).await, there.sign_in(7).await, here.sign_in(8).await);
    there.logins.logins().end_by(Login::by_user(&7)).await.unwrap();
    assert_eq!(there.get(&mut one, "/me").await, GONE);
    clock.seconds(10);
    for process in [&here, &there] {
        assert_eq!(process.get(&mut one, "/me").await, GONE);
        assert_eq!(process.get(&mut two, "/me").await, GONE);
        assert_eq!(process.get(&mut other, "/me").await, OK);
    }
    // A login in the same second as the end lives.
    let mut again = here.sign_in(7).await;
    assert_eq!(here.get(&mut again, "/me").await, OK);
    clock.seconds(10);
    assert_eq!(there.get(&mut again, "/me").await, OK);
}

#[tokio::test]
async fn all_others_end_and_this_one_stays_with_the_token_that_it_has() {
    let (clock, _, here, there) = two();
    let (mut own, mut other) = (here.sign_in(7).await, here.sign_in(7).await);
    // Another tab, which does not get the response.
    let mut tab = own.clone();
    assert_eq!(here.post(&mut own, "/end-others").await, OK);
    clock.seconds(10);
    for process in [&here, &there] {
        assert_eq!(process.get(&mut other, "/me").await, GONE);
        assert_eq!((process.get(&mut own, "/me").await, process.get(&mut tab, "/me").await), (OK, OK));
    }
    assert_eq!(here.post(&mut tab, "/rotate").await, OK, "its renewals stay as well");
    clock.seconds(10);
    assert_eq!(there.get(&mut tab, "/me").await, OK);
}

#[tokio::test]
async fn everyone_ends() {
    let (clock, _, here, there) = two();
    let (mut one, mut two) = (here.sign_in(7).await, here.sign_in(8).await);
    here.logins.logins().end_everyone().await.unwrap();
    clock.seconds(10);
    assert_eq!((here.get(&mut one, "/me").await, there.get(&mut two, "/me").await), (GONE, GONE));
    let mut again = here.sign_in(8).await;
    assert_eq!(there.get(&mut again, "/me").await, OK);
}

#[tokio::test]
async fn a_list_shows_the_logins_of_a_user_and_ends_only_those() {
    let (_, _, here, there) = two();
    let (mut one, mut two, mut other) =
        (here.sign_in(7).await, there.sign_in(7).await, here.sign_in(8).await);
    let id = async |browser: &mut Browser| here.send(browser, "GET", "/current").await.body;
    let (id_one, id_two, id_other) = (id(&mut one).await, id(&mut two).await, id(&mut other).await);
    let logins = here.logins.logins();
    let listed = logins.list(Login::by_user(&7)).await.unwrap();
    assert_eq!(listed.iter().map(|login| login.id.to_string()).collect::<Vec<_>>(), [&*id_two, &*id_one]);
    assert!(listed.iter().all(|login| &*login.label == "a test"));
    assert_eq!(here.post(&mut one, &format!("/end/{id_other}")).await, StatusCode::NOT_FOUND, "another's");
    assert_eq!(here.post(&mut one, &format!("/end/{id_two}")).await, OK);
    assert_eq!((here.get(&mut two, "/me").await, here.get(&mut other, "/me").await), (GONE, OK));
    assert_eq!(logins.list(Login::by_user(&7)).await.unwrap().len(), 1);
    let error = logins.list(Login::by_tenant("acme")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unserializable);
}

#[tokio::test]
async fn a_sign_in_that_fails_leaves_neither_a_listed_login_nor_an_ended_one() {
    let (_, _, here, _) = two();
    let mut browser = here.sign_in(7).await;
    let before = here.logins.logins().list(Login::by_user(&9)).await.unwrap();
    let context = unjwt::RequestContext::new(&browser.request_headers());
    let huge = Login { tenant: Some("x".repeat(20_000)), ..user(9) };
    let error = here.logins.replace(&context, huge).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    crate::service::eventually(async || {
        here.logins.logins().list(Login::by_user(&9)).await.unwrap() == before
    })
    .await;
    assert_eq!(here.get(&mut browser, "/me").await, OK);
}

/// A sibling host has planted the cookie of a login of its own, which comes first.
#[tokio::test]
async fn a_logout_ends_the_visitors_login_too_where_an_extractor_has_found_a_planted_one() {
    for logout in ["/logout", "/maybe-and-logout"] {
        let (_, _, here, _) = two();
        let (planted, mut own) = (here.sign_in(13).await, here.sign_in(7).await);
        let both = format!("sid={}; sid={}", planted.cookies["sid"], own.cookies["sid"]);
        let request = axum::http::Request::post(logout).header(axum::http::header::COOKIE, both);
        assert_eq!(here.send_raw(request).await, OK);
        assert_eq!(here.get(&mut own, "/me").await, GONE, "{logout}");
        assert_eq!(here.get(&mut planted.clone(), "/me").await, GONE, "{logout}");
    }
}
