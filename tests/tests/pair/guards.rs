//! The limits of a renewal: it serves no other site's page, outlives no refusal, and does not come back after a
//! logout.

use axum::http::StatusCode;
use axum::routing::get;
use axum::{Router, http};
use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookResult, Read};
use unjwt::{JweKey, RequestContext, Session, SessionConfigs, SessionHandle, SessionState};
use unjwt_store::MemoryStore;

use crate::service::two;
use crate::support::Browser;

const EXPIRED: u64 = 15 * 60;

#[tokio::test]
async fn another_sites_page_renews_nothing_with_a_post() {
    let (clock, _, here, _) = two();
    let mut browser = here.sign_in(7).await;
    here.get(&mut browser, "/me").await;
    clock.seconds(EXPIRED);
    let reply = here.cross_site(&mut browser, "POST", "/update").await;
    assert_eq!((reply.status, reply.set_cookies()), (StatusCode::FORBIDDEN, vec![]));
    browser.cookies.remove("access");
    let reply = here.cross_site(&mut browser, "POST", "/fail").await;
    assert_eq!((reply.status, reply.set_cookies()), (StatusCode::FORBIDDEN, vec![]));
    // A link is followed, as the visitor's own click.
    assert_eq!(here.cross_site(&mut browser, "GET", "/me").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_logout_after_the_renewal_of_the_same_request_wins() {
    let (clock, _, here, there) = two();
    let mut browser = here.sign_in(7).await;
    here.get(&mut browser, "/me").await;
    clock.seconds(EXPIRED);
    let copy = browser.clone();
    let reply = here.send(&mut browser, "POST", "/read-and-logout").await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(reply.set_cookies().iter().all(|cookie| cookie.removes()), "{:?}", reply.set_cookies());
    assert!(browser.cookies.is_empty());
    clock.seconds(10);
    assert_eq!(there.get(&mut copy.clone(), "/me").await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_handler_that_fails_keeps_the_renewal() {
    let (clock, _, here, _) = two();
    let mut browser = here.sign_in(7).await;
    clock.seconds(EXPIRED);
    let before = browser.clone();
    assert_eq!(here.post(&mut browser, "/fail").await, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(browser.cookies.contains_key("access"));
    assert_ne!(browser.cookies["refresh"], before.cookies["refresh"]);
}

/// The response to a token in a header has nowhere to put its successor.
#[tokio::test]
async fn a_login_in_a_header_makes_a_session_and_stays_as_it_is() {
    let (clock, _, here, there) = two();
    let mut browser = here.sign_in(7).await;
    let token = browser.cookies.remove("refresh").unwrap();
    for process in [&here, &there, &here] {
        clock.seconds(EXPIRED);
        let reply = process.with_header("/me", "x-refresh-session", &token).await;
        assert_eq!((reply.status, &*reply.body), (StatusCode::OK, "7"));
        let names: Vec<_> = reply.set_cookies().into_iter().map(|cookie| cookie.name).collect();
        assert_eq!(names, ["access"]);
    }
    assert_eq!((here.reused(), there.reused()), (0, 0));
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "login", max_age = "7D", revocable(by(user)), hooks(on_read = refuse))]
struct Login {
    user: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "short", max_age = "15m", login = Login)]
struct Short {
    user: u64,
}

impl From<&Login> for Short {
    fn from(login: &Login) -> Self {
        Self { user: login.user }
    }
}

async fn refuse(event: Read<'_, Login>) -> HookResult {
    if event.current().data.user == 13 {
        event.refuse();
    }
    Ok(())
}

#[derive(Clone, SessionState)]
struct State {
    login: SessionHandle<Login>,
    short: SessionHandle<Short>,
}

#[tokio::test]
async fn a_login_that_its_hook_refuses_makes_nothing() {
    let key = || JweKey::secret([7; 32]);
    let configs = (Login::config(key()), Short::config(key())).store(MemoryStore::volatile());
    let (router, state) = unjwt::install_returning_state(configs, |(login, short)| {
        let routes = Router::new().route("/", get(|short: Short| async move { short.user.to_string() }));
        (routes, State { login, short })
    })
    .unwrap();
    for (user, expected) in [(7, http::StatusCode::OK), (13, http::StatusCode::UNAUTHORIZED)] {
        let mut browser = Browser::with(&state.login.cookie_header(&Login { user }).unwrap());
        let reply = browser.get(&router, "/").await;
        assert_eq!((reply.status, browser.cookies.contains_key("short")), (expected, user == 7));
    }
}

#[tokio::test]
async fn a_service_without_a_router_has_the_pair_too() {
    let key = || JweKey::secret([7; 32]);
    let (login, short) =
        (Login::config(key()), Short::config(key())).store(MemoryStore::volatile()).build().unwrap();
    let mut browser = Browser::default();
    let context = RequestContext::new(&browser.request_headers());
    login.replace(&context, Login { user: 7 }).await.unwrap();
    let mut response = http::HeaderMap::new();
    context.finish(&mut response);
    browser.take(&response);

    let context = RequestContext::new(&browser.request_headers());
    assert_eq!(short.get(&context).await.unwrap().unwrap().data.user, 7);
    let mut response = http::HeaderMap::new();
    context.finish(&mut response);
    browser.take(&response);
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["login", "short"]);

    let context = RequestContext::new(&browser.request_headers());
    short.clear(&context).await.unwrap();
    let mut response = http::HeaderMap::new();
    context.finish(&mut response);
    browser.take(&response);
    assert!(browser.cookies.is_empty());
}

#[test]
fn one_half_of_the_pair_is_not_started() {
    let key = || JweKey::secret([7; 32]);
    let Err(error) = (Short::config(key()),).build() else { panic!("it starts") };
    assert_eq!(
        error.to_string(),
        "Short: the session belongs to the login of `Login`: configure both in one call, as a tuple"
    );
}
