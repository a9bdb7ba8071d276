//! `renew_after`: a session that is read late enough is renewed by the response.

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use unjwt::{Error, JweKey, Session, SessionHandle, SessionManager};

use crate::support::{Browser, TestClock};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(
    jwe,
    name = "sid",
    max_age = "1h",
    absolute = "1D",
    renew_after = "half",
    cookie(max_age = "session")
)]
struct Visit {
    count: u32,
}

fn service(clock: &TestClock) -> (Router, SessionHandle<Visit>) {
    let config = Visit::config(JweKey::secret([7; 32])).clock(clock.read());
    let routes = || {
        Router::new()
            .route("/begin", post(|visit: SessionManager<Visit>| async move { begin(&visit, None).await }))
            .route(
                "/short",
                post(|visit: SessionManager<Visit>| async move { begin(&visit, Some(600)).await }),
            )
            .route("/read", get(|visit: Visit| async move { visit.count.to_string() }))
            .route(
                "/manager",
                get(|visit: SessionManager<Visit>| async move { format!("{:?}", visit.status()) }),
            )
            .route("/unread", get(|| async {}))
            .route("/fail", get(|_: Visit| async { StatusCode::INTERNAL_SERVER_ERROR }))
            .route("/public", get(|_: Visit| async { ([(CACHE_CONTROL, "public, max-age=60")], "") }))
            .route("/shared", get(|_: Visit| async { ([(CACHE_CONTROL, "s-maxage=60")], "") }))
            .route("/update", post(|visit: SessionManager<Visit>| async move { update(&visit).await }))
            .route("/clear", post(|visit: SessionManager<Visit>| async move { visit.clear().await }))
    };
    unjwt::install_returning_state(config, |visits: SessionHandle<Visit>| (routes(), visits)).unwrap()
}

async fn begin(visit: &SessionManager<Visit>, seconds: Option<u64>) -> Result<(), Error> {
    let write = visit.replace(Visit { count: 1 });
    match seconds {
        Some(seconds) => write.max_age(Duration::from_secs(seconds)).await,
        None => write.await,
    }
    .map(|_| ())
}

async fn update(visit: &SessionManager<Visit>) -> Result<(), Error> {
    visit.update_with(|visit| visit.count += 1).await.map(|_| ())
}

async fn begun(router: &Router, path: &str) -> Browser {
    let mut browser = Browser::default();
    assert_eq!(browser.post(router, path).await.status, StatusCode::OK);
    browser
}

#[tokio::test]
async fn a_visitor_who_returns_in_time_stays() {
    let clock = TestClock::new();
    let (router, visits) = service(&clock);
    let mut browser = begun(&router, "/begin").await;
    let first = visits.unseal_without_hooks(&browser.cookies["sid"]).await.unwrap();
    for path in ["/read", "/manager", "/fail", "/read", "/manager"].iter().cycle().take(30) {
        clock.seconds(29 * 60);
        assert_eq!(browser.get(&router, path).await.set_cookies(), [], "before half of it");
        clock.seconds(60);
        let cookies = browser.get(&router, path).await.set_cookies();
        assert_eq!(cookies.len(), 1, "{path}");
        assert_eq!(cookies[0].attributes.get("max-age"), None, "it ends with the browser");
        let current = visits.unseal_without_hooks(&browser.cookies["sid"]).await.unwrap();
        assert_ne!(current.id, first.id);
        assert_eq!((current.data.count, current.auth_time()), (1, first.auth_time()));
        assert_eq!(current.expires_at.as_secs(), clock.now() + 3600);
    }
}

#[tokio::test]
async fn the_login_ends_nevertheless() {
    let clock = TestClock::new();
    let (router, _) = service(&clock);
    let mut browser = begun(&router, "/begin").await;
    for _ in 0..47 {
        clock.seconds(30 * 60);
        assert_eq!(browser.get(&router, "/read").await.status, StatusCode::OK);
    }
    let reply = browser.get(&router, "/read").await;
    assert_eq!(reply.set_cookies(), [], "no token would last longer");
    clock.seconds(30 * 60);
    assert_eq!(browser.get(&router, "/read").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_chosen_lifetime_is_kept_and_renewed_at_its_half() {
    let clock = TestClock::new();
    let (router, visits) = service(&clock);
    let mut browser = begun(&router, "/short").await;
    for _ in 0..10 {
        clock.seconds(299);
        assert_eq!(browser.get(&router, "/read").await.set_cookies(), []);
        clock.seconds(1);
        assert_eq!(browser.get(&router, "/read").await.set_cookies().len(), 1);
        let current = visits.unseal_without_hooks(&browser.cookies["sid"]).await.unwrap();
        assert_eq!(current.expires_at.as_secs(), clock.now() + 600);
    }
}

#[tokio::test]
async fn nothing_is_renewed_that_should_not_be() {
    let clock = TestClock::new();
    let (router, visits) = service(&clock);
    let mut browser = begun(&router, "/begin").await;
    clock.seconds(45 * 60);
    for path in ["/unread", "/public", "/shared"] {
        assert_eq!(browser.clone().get(&router, path).await.set_cookies(), [], "{path}");
    }
    let written = browser.clone().post(&router, "/update").await.set_cookies();
    assert_eq!(written.len(), 1, "the handler's own write is enough");
    let cleared = browser.clone().post(&router, "/clear").await.set_cookies();
    assert!(cleared.len() == 1 && cleared[0].removes());
    // A token in the header has no cookie to be renewed in.
    let token = browser.cookies.remove("sid").unwrap();
    let request = axum::http::Request::get("/read").header("x-sid-session", token);
    assert_eq!(browser.send(&router, request).await.set_cookies(), []);
    let _ = visits;
}

#[tokio::test]
async fn a_service_without_a_router_renews_too() {
    let clock = TestClock::new();
    let visits = Visit::config(JweKey::secret([7; 32])).clock(clock.read()).build().unwrap();
    let mut browser = Browser::with(&visits.cookie_header(&Visit { count: 3 }).unwrap());
    clock.seconds(1800);
    let context = unjwt::RequestContext::new(&browser.request_headers());
    assert_eq!(visits.get(&context).await.unwrap().unwrap().data.count, 3);
    let mut response = http::HeaderMap::new();
    context.renew(&response).await;
    context.finish(&mut response);
    let before = browser.cookies["sid"].clone();
    browser.take(&response);
    assert_ne!(browser.cookies["sid"], before);
}
