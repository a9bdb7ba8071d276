//! The claims that a login shares with the sessions that belong to it.

use axum::http::StatusCode;

use crate::service::{claims, two};
use crate::support::Browser;

#[tokio::test]
async fn they_share_the_login_and_name_its_groups_by_key() {
    let (clock, _, here, _) = two();
    let mut browser = Browser::default();
    assert_eq!(here.post(&mut browser, "/both/7").await, StatusCode::NO_CONTENT);
    let claims = claims(&browser);
    let login = here.app.refresh.unseal_without_hooks(&browser.cookies["refresh"]).await.unwrap();
    assert_eq!(claims["sid"], login.login_id().to_string());
    assert_eq!(claims["auth_time"], clock.now());
    assert_eq!(claims.get("gen"), None, "only the login counts renewals");
    let groups = claims["ep"].as_object().unwrap();
    assert_eq!(groups.len(), 2);
    for (key, epoch) in groups {
        assert_eq!((key.len(), epoch.as_u64()), (44, Some(0)), "{key}");
        assert!(!key.contains("acme"));
    }
    let access = here.app.access.verify_without_hooks(&browser.cookies["access"]).await.unwrap();
    assert_eq!((access.login_id(), access.auth_time()), (login.login_id(), login.auth_time()));
}

#[tokio::test]
async fn its_tokens_are_made_by_requests_alone() {
    let (_, _, here, _) = two();
    let error = here.app.access.sign(&crate::service::Access { user: 7 }).await.unwrap_err();
    assert_eq!(error.kind(), unjwt::ErrorKind::NoSession);
    // But a test can.
    let mut browser =
        Browser::with(&here.app.access.cookie_header(&crate::service::Access { user: 7 }).unwrap());
    assert_eq!(here.get(&mut browser, "/me").await, StatusCode::OK);
}
