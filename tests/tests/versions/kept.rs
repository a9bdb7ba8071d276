//! The hooks of a session whose token is kept: they see why, and what they write is for the request alone.

use std::sync::{Arc, Mutex};

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use unjwt::hooks::{Failure, HookResult, Renew, Update};
use unjwt::{ErrorKind, RequestContext, Session, Status};

use crate::programs::{App, SECRET, finish, jwe, key, request_to};
use crate::support::{Browser, TestClock};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(
    jwe,
    name = "login",
    max_age = "7D",
    version = 1,
    state = App<Older, Notes>,
    hooks(on_error = told, renew = made, on_update = updated)
)]
struct Older {
    user: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "login", max_age = "7D", version = 3, migrate(_, V2), state = App<Newest, Notes>, hooks(on_error = told_3))]
struct Newest {
    user: u64,
}

#[derive(Deserialize)]
struct V2 {
    user: u64,
    org: String,
}

impl TryFrom<V2> for Newest {
    type Error = String;

    fn try_from(V2 { user, org }: V2) -> Result<Self, String> {
        if org == SECRET { Err(org) } else { Ok(Self { user }) }
    }
}

/// The notes of the hooks, one of which may make a session.
#[derive(Clone)]
struct Notes {
    told: Arc<Mutex<Vec<(ErrorKind, bool, String)>>>,
    renews: bool,
}

fn older(clock: &TestClock, renews: bool) -> App<Older, Notes> {
    let act = Notes { told: Arc::default(), renews };
    unjwt::build(Older::config(key()).clock(clock.read()), |handle| App { handle, act }).unwrap()
}

fn newest(clock: &TestClock) -> App<Newest, Notes> {
    let act = Notes { told: Arc::default(), renews: false };
    unjwt::build(Newest::config(key()).clock(clock.read()), |handle| App { handle, act }).unwrap()
}

impl Notes {
    fn told(&self) -> Vec<(ErrorKind, bool, String)> {
        std::mem::take(&mut self.told.lock().unwrap())
    }
}

fn note<T: Session<State = App<T, Notes>>>(event: &Failure<'_, T>) {
    let error = event.error();
    let source = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    event.state().act.told.lock().unwrap().push((error.kind(), event.is_write(), source));
}

async fn told(event: Failure<'_, Older>) -> HookResult {
    note(&event);
    Ok(())
}

async fn told_3(event: Failure<'_, Newest>) -> HookResult {
    note(&event);
    Ok(())
}

async fn made(event: Renew<'_, Older>) -> HookResult {
    if event.state().act.renews {
        event.session().replace(Older { user: 1 }).await?;
        event.session().update_with(|older| older.user += 1).await?;
    }
    Ok(())
}

async fn updated(_: Update<'_, Older>) -> HookResult {
    Ok(())
}

fn kept(clock: &TestClock, org: &str) -> Browser {
    let login = jwe::v2::Login { user: 7, org: org.to_owned() };
    Browser::with(&jwe::v2::tokens(clock).cookie_header(&login).unwrap())
}

#[tokio::test]
async fn on_error_is_told_of_a_newer_version_and_of_the_refused_write() {
    let clock = TestClock::new();
    let app = older(&clock, false);
    let mut browser = kept(&clock, "acme");
    let reading = request_to(&browser, &app);
    let manager = app.handle.manager(&reading).await.unwrap();
    assert_eq!(manager.status(), Status::Rejected);
    assert_eq!(app.act.told(), [(ErrorKind::NewerVersion, false, String::new())]);
    manager.update_with(|older| older.user = 8).await.unwrap_err();
    assert_eq!(app.act.told(), [(ErrorKind::NewerVersion, true, String::new())]);
    assert!(finish(&reading, &mut browser).is_empty());
}

#[tokio::test]
async fn on_error_is_told_of_a_failed_migration_in_the_service_s_own_words() {
    let clock = TestClock::new();
    let app = newest(&clock);
    let mut browser = kept(&clock, SECRET);
    let reading = request_to(&browser, &app);
    let manager = app.handle.manager(&reading).await.unwrap();
    assert_eq!(app.act.told(), [(ErrorKind::MigrationFailed, false, SECRET.to_owned())]);
    let error = manager.update(NewestPatch { user: Some(8) }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MigrationFailed);
    assert!(finish(&reading, &mut browser).is_empty());
    let writing = request_to(&browser, &app);
    app.handle.replace(&writing, Newest { user: 8 }).await.unwrap();
    assert_eq!(finish(&writing, &mut browser).len(), 1, "a login takes its place");
}

#[tokio::test]
async fn what_its_hooks_write_is_for_the_request_alone() {
    let clock = TestClock::new();
    let app = older(&clock, true);
    let mut browser = kept(&clock, "acme");
    let reading = request_to(&browser, &app);
    let manager = app.handle.manager(&reading).await.unwrap();
    assert_eq!(manager.require().unwrap().data.user, 2);
    let error = manager.update_with(|older| older.user = 8).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NewerVersion, "it would be lost with the request");
    assert_eq!(manager.require().unwrap().data.user, 2);
    assert!(finish(&reading, &mut browser).is_empty());

    let writing = request_to(&browser, &app);
    let manager = app.handle.manager(&writing).await.unwrap();
    manager.replace(Older { user: 9 }).await.unwrap();
    manager.update_with(|older| older.user += 1).await.unwrap();
    assert_eq!(finish(&writing, &mut browser).len(), 1);
    let read = app.handle.get(&request_to(&browser, &app)).await.unwrap().unwrap();
    assert_eq!(read.data.user, 10);
}

#[tokio::test]
async fn a_page_of_another_site_learns_nothing_of_it() {
    let clock = TestClock::new();
    let v1 = jwe::v1::tokens(&clock);
    let mut headers: HeaderMap = kept(&clock, "acme").request_headers();
    headers.insert("sec-fetch-site", http::HeaderValue::from_static("cross-site"));
    let error = v1.get(&RequestContext::new(&headers)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CrossSite);
}
