//! The hooks of a session itself, beside a token of a newer version: they neither overwrite its cookie nor remove it.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::{get, post};
use http::StatusCode;
use http::header::COOKIE;
use serde::{Deserialize, Serialize};
use unjwt::hooks::{Failure, HookError, HookResult, KeyLookup, Read};
use unjwt::{ErrorKind, JweKey, RequestContext, Session, SessionManager, Status};

use crate::programs::{App, finish, jwe, key, request, request_to};
use crate::support::{Browser, TestClock, set_cookies};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(
    jwe,
    name = "login",
    max_age = "7D",
    version = 1,
    state = App<Old, Act>,
    hooks(on_read = read, on_error = told)
)]
struct Old {
    user: u64,
}

/// The deed of the hooks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    Replace,
    Update,
    Forget,
    Expire,
    Clear,
    ClearOnError,
}

async fn read(event: Read<'_, Old>) -> HookResult {
    match event.state().act {
        Act::Replace => drop(event.session().replace(Old { user: event.current().data.user + 1 }).await?),
        Act::Update => drop(event.session().update_with(|old| old.user += 1).await?),
        Act::Forget => event.refuse_and_forget(),
        Act::Expire => event.expire(),
        Act::Clear => event.session().clear().await?,
        Act::ClearOnError => {}
    }
    Ok(())
}

async fn told(event: Failure<'_, Old>) -> HookResult {
    if event.state().act == Act::ClearOnError && !event.is_write() {
        event.session().clear().await?;
    }
    Ok(())
}

fn old(clock: &TestClock, act: Act) -> App<Old, Act> {
    unjwt::build(Old::config(key()).clock(clock.read()), |handle| App { handle, act }).unwrap()
}

/// A browser with a session that the old program understands.
fn readable(clock: &TestClock) -> Browser {
    let login = jwe::v2_readable::Login { user: 7, org: "acme".to_owned() };
    Browser::with(&jwe::v2_readable::tokens(clock).cookie_header(&login).unwrap())
}

fn unreadable(clock: &TestClock) -> Browser {
    let login = jwe::v2::Login { user: 7, org: "acme".to_owned() };
    Browser::with(&jwe::v2::tokens(clock).cookie_header(&login).unwrap())
}

/// What the new program knows of the session.
async fn org(clock: &TestClock, browser: &Browser) -> String {
    jwe::v2::tokens(clock).get(&request(browser)).await.unwrap().unwrap().data.org.clone()
}

#[tokio::test]
async fn what_on_read_writes_of_a_newer_session_is_for_the_request_alone() {
    let clock = TestClock::new();
    for act in [Act::Replace, Act::Update] {
        let app = old(&clock, act);
        let mut browser = readable(&clock);
        let reading = request_to(&browser, &app);
        let manager = app.handle.manager(&reading).await.unwrap();
        assert_eq!(manager.require().unwrap().data.user, 8, "{act:?}");
        let error = manager.update_with(|old| old.user = 9).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NewerVersion, "{act:?}");
        assert!(finish(&reading, &mut browser).is_empty(), "{act:?}");
        assert_eq!(org(&clock, &browser).await, "acme");
    }
}

#[tokio::test]
async fn an_on_read_hook_that_writes_of_a_newer_session_fails_no_request() {
    let clock = TestClock::new();
    for act in [Act::Replace, Act::Update] {
        let login =
            |manager: SessionManager<Old>| async move { manager.replace(Old { user: 1 }).await.map(drop) };
        let router: Router = unjwt::install(Old::config(key()).clock(clock.read()), |handle| {
            let router = Router::new()
                .route("/me", get(|old: Old| async move { old.user.to_string() }))
                .route("/login", post(login));
            (router, App { handle, act })
        })
        .unwrap();
        let mut browser = readable(&clock);
        let me = browser.get(&router, "/me").await;
        assert_eq!((me.status, &*me.body), (StatusCode::OK, "8"), "{act:?}");
        assert!(me.set_cookies().is_empty(), "{act:?}");
        let login = browser.post(&router, "/login").await;
        assert_eq!((login.status, login.set_cookies().len()), (StatusCode::OK, 1), "{act:?}");
        assert_eq!(org(&clock, &browser).await, "of 1");
    }
}

#[tokio::test]
async fn an_on_error_hook_that_clears_removes_nothing() {
    let clock = TestClock::new();
    let app = old(&clock, Act::ClearOnError);
    let mut browser = unreadable(&clock);
    let reading = request_to(&browser, &app);
    assert!(app.handle.manager(&reading).await.unwrap().current().is_none());
    assert!(finish(&reading, &mut browser).is_empty());
    assert_eq!(org(&clock, &browser).await, "acme");
}

#[tokio::test]
async fn an_on_read_hook_that_ends_a_newer_session_ends_it_for_the_request_alone() {
    let clock = TestClock::new();
    for act in [Act::Forget, Act::Expire, Act::Clear] {
        let app = old(&clock, act);
        let mut browser = readable(&clock);
        let reading = request_to(&browser, &app);
        assert!(app.handle.manager(&reading).await.unwrap().current().is_none(), "{act:?}");
        assert!(finish(&reading, &mut browser).is_empty(), "{act:?}");
        assert_eq!(org(&clock, &browser).await, "acme");
    }
}

#[tokio::test]
async fn a_planted_token_that_a_hook_forgets_does_not_take_the_newer_cookie_along() {
    let clock = TestClock::new();
    let app = old(&clock, Act::Forget);
    let planted = app.handle.cookie_header(&Old { user: 6 }).unwrap();
    let (planted, newer) = (planted.to_str().unwrap(), unreadable(&clock).header().unwrap());
    let newer = newer.to_str().unwrap();
    for cookies in [format!("{planted}; {newer}"), format!("{newer}; {planted}")] {
        let headers = [(COOKIE, cookies.parse().unwrap())].into_iter().collect();
        let reading = RequestContext::with_state(&headers, app.clone());
        let manager = app.handle.manager(&reading).await.unwrap();
        assert_eq!((manager.status(), manager.current().is_some()), (Status::Rejected, false));
        let mut response = http::HeaderMap::new();
        reading.finish(&mut response);
        assert!(set_cookies(&response).is_empty());
    }
    // Alone, it is removed.
    let mut browser = Browser::with(&planted.parse().unwrap());
    let reading = request_to(&browser, &app);
    app.handle.manager(&reading).await.unwrap();
    finish(&reading, &mut browser);
    assert!(browser.cookies.is_empty());
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Session)]
#[session(
    jwe,
    name = "login",
    max_age = "7D",
    version = 1,
    state = App<Looked, Said>,
    hooks(key_lookup = look)
)]
struct Looked {
    user: u64,
}

/// The outcomes of the hook's writes.
type Said = Arc<Mutex<Vec<Result<(), ErrorKind>>>>;

async fn look(event: KeyLookup<'_, Looked>) -> Result<Option<JweKey>, HookError> {
    let session = event.session();
    for written in [
        session.replace(Looked { user: 1 }).await.map(drop),
        session.update_or_default(|looked| looked.user = 1).await.map(drop),
        session.clear().await,
    ] {
        event.state().act.lock().unwrap().push(written.map_err(|error| error.kind()));
    }
    Ok(None)
}

/// Nothing is known of the token yet.
#[tokio::test]
async fn a_key_lookup_hook_neither_writes_nor_clears() {
    let clock = TestClock::new();
    let said = Said::default();
    let config = Looked::config(key()).clock(clock.read());
    let app = unjwt::build(config, |handle| App { handle, act: Arc::clone(&said) }).unwrap();
    let mut browser = unreadable(&clock);
    let reading = request_to(&browser, &app);
    assert_eq!(app.handle.manager(&reading).await.unwrap().status(), Status::Rejected);
    assert_eq!(*said.lock().unwrap(), [Err(ErrorKind::Conflict); 3]);
    assert!(finish(&reading, &mut browser).is_empty());
    assert_eq!(org(&clock, &browser).await, "acme");
}
