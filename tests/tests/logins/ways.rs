//! Every way into a session asks whether its login lives.

use std::time::Duration;

use axum::http::StatusCode;
use unjwt::{ErrorKind, RequestContext, Status};

use crate::service::{Login, two, user};

#[tokio::test]
async fn extractors_managers_and_functions_agree() {
    let (clock, _, here, there) = two();
    let mut browser = here.sign_in(7).await;
    let token = browser.cookies["sid"].clone();
    let id = here.send(&mut browser, "GET", "/current").await.body.parse().unwrap();
    there.logins.logins().end(id).await.unwrap();
    clock.seconds(10);
    for process in [&here, &there] {
        for path in ["/me", "/current", "/checked"] {
            assert_eq!(process.get(&mut browser, path).await, StatusCode::UNAUTHORIZED, "{path}");
        }
        assert_eq!(process.send(&mut browser, "GET", "/maybe").await.body, "false");
        assert_eq!(process.send(&mut browser, "GET", "/manager").await.body, "Rejected");
        let logins = &process.logins;
        let context = RequestContext::new(&browser.request_headers());
        assert!(logins.get(&context).await.unwrap().is_none());
        assert!(logins.token(&context).await.unwrap().is_none());
        assert_eq!(logins.manager(&context).await.unwrap().status(), Status::Rejected);
        assert_eq!(logins.open(&token, &context).await.unwrap_err().kind(), ErrorKind::Ended);
        assert_eq!(logins.unseal_without_hooks(&token).await.unwrap_err().kind(), ErrorKind::Ended);
    }
}

#[tokio::test]
async fn a_planted_token_of_an_ended_login_hides_no_good_one() {
    let (_, _, here, _) = two();
    let (mut ended, good) = (here.sign_in(7).await, here.sign_in(8).await);
    let planted = ended.clone();
    assert_eq!(here.post(&mut ended, "/logout").await, StatusCode::OK);
    for pair in [[&planted, &good], [&good, &planted]] {
        let cookies = pair.map(|browser| format!("sid={}", browser.cookies["sid"])).join("; ");
        let mut headers = http::HeaderMap::new();
        headers.insert(http::header::COOKIE, cookies.parse().unwrap());
        let context = RequestContext::new(&headers);
        assert_eq!(here.logins.get(&context).await.unwrap().unwrap().data.user, 8);
    }
}

#[tokio::test]
async fn an_open_connection_learns_of_the_end() {
    let (_, _, here, _) = two();
    let browser = here.sign_in(7).await;
    let context = RequestContext::new(&browser.request_headers());
    let manager = here.logins.manager(&context).await.unwrap();
    let ended = tokio::spawn(manager.ended());
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!ended.is_finished());
    here.logins.logins().end(manager.login_id().unwrap()).await.unwrap();
    tokio::time::timeout(Duration::from_secs(30), ended).await.unwrap().unwrap();
    // Without a session there is nothing to wait for.
    let nobody = here.logins.manager(&RequestContext::new(&Default::default())).await.unwrap();
    tokio::time::timeout(Duration::from_secs(30), nobody.ended()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_open_connection_learns_of_the_end_elsewhere_and_of_its_expiry() {
    let (clock, _, here, there) = two();
    let browser = here.sign_in(7).await;
    let context = RequestContext::new(&browser.request_headers());
    let manager = here.logins.manager(&context).await.unwrap();
    let (ended, expired) = (tokio::spawn(manager.ended()), here.sign_in(8).await);
    there.logins.logins().end_by(Login::by_user(&7)).await.unwrap();
    clock.seconds(10);
    // The paused timers of the runtime go on by themselves.
    ended.await.unwrap();
    let context = RequestContext::new(&expired.request_headers());
    let manager = here.logins.manager(&context).await.unwrap();
    let expired = tokio::spawn(manager.ended());
    clock.seconds(7 * 86400);
    expired.await.unwrap();
}

#[tokio::test]
async fn tests_sign_in_without_a_request() {
    let (_, _, here, there) = two();
    here.logins.logins().end_everyone().await.unwrap();
    let mut browser = crate::support::Browser::with(&here.logins.cookie_header(&user(7)).unwrap());
    assert_eq!(here.get(&mut browser, "/me").await, StatusCode::OK);
    assert_eq!(there.get(&mut browser, "/me").await, StatusCode::OK);
}
