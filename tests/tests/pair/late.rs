//! A response that takes longer than the window of the rotation.

use axum::http::StatusCode;
use http::HeaderMap;
use unjwt::RequestContext;

use crate::service::two;

const OK: StatusCode = StatusCode::OK;
/// Longer than an access token lives.
const EXPIRED: u64 = 15 * 60;

/// An upload renews the login when it begins; its response comes when the browser has another token already.
#[tokio::test]
async fn a_slow_handler_signs_nobody_out() {
    for (before, after) in [(61, 30), (61, 1), (31, 60), (10, 100), (29, 2), (0, 16)] {
        let (clock, _, here, there) = two();
        let mut browser = here.sign_in(7).await;
        clock.seconds(EXPIRED);
        let upload = RequestContext::new(&browser.request_headers());
        assert!(here.app.access.get(&upload).await.unwrap().is_some());
        clock.seconds(before);
        assert_eq!(there.get(&mut browser, "/me").await, OK);
        clock.seconds(after);
        let mut response = HeaderMap::new();
        upload.finish(&mut response);
        browser.take(&response);
        for _ in 0..3 {
            clock.seconds(EXPIRED);
            assert_eq!(there.get(&mut browser, "/me").await, OK, "{before} {after}");
        }
        assert_eq!((here.reused(), there.reused()), (0, 0));
    }
}

#[tokio::test]
async fn alone_it_loses_nothing() {
    let (clock, _, here, there) = two();
    let mut browser = here.sign_in(7).await;
    for delay in [1, 14, 31, 61, 600] {
        clock.seconds(EXPIRED);
        let upload = RequestContext::new(&browser.request_headers());
        assert!(here.app.access.get(&upload).await.unwrap().is_some());
        clock.seconds(delay);
        let mut response = HeaderMap::new();
        upload.finish(&mut response);
        browser.take(&response);
        assert_eq!(there.get(&mut browser, "/me").await, OK, "{delay}");
    }
    assert_eq!((here.reused(), there.reused()), (0, 0));
}
