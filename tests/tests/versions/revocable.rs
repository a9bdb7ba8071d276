//! The logins of tokens that an older program keeps: its hooks end none, begin none, and a login or a logout does.

use axum::Router;
use axum::routing::post;
use http::{Request, StatusCode, header};
use serde::{Deserialize, Serialize};
use unjwt::hooks::{Failure, HookResult, Renew};
use unjwt::{ErrorKind, Logout, Session, Tokens};

use crate::programs::{App, browser, finish, key, request, request_to};
use crate::support::store::FaultyStore;
use crate::support::{Browser, TestClock, reply};

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(
    jwe,
    name = "login",
    max_age = "7D",
    version = 1,
    revocable(by(user), max_logins(2, "end_oldest")),
    state = App<Old, Act>,
    hooks(renew = renew, on_error = told)
)]
struct Old {
    user: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(
    jwe,
    name = "login",
    max_age = "7D",
    version = 2,
    migrate(First),
    revocable(by(user), max_logins(2, "end_oldest"))
)]
struct New {
    user: u64,
    org: u64,
}

#[derive(Deserialize)]
struct First {
    user: u64,
}

impl From<First> for New {
    fn from(First { user }: First) -> Self {
        Self { user, org: 0 }
    }
}

/// The deed of the old program's hooks.
#[derive(Clone, Copy, PartialEq)]
enum Act {
    Nothing,
    Replace,
    Clear,
}

async fn renew(event: Renew<'_, Old>) -> HookResult {
    if event.state().act == Act::Replace {
        event.session().replace(Old { user: 7 }).await?;
    }
    Ok(())
}

async fn told(event: Failure<'_, Old>) -> HookResult {
    if event.state().act == Act::Clear && !event.is_write() {
        event.session().clear().await?;
    }
    Ok(())
}

struct Service {
    clock: TestClock,
    store: FaultyStore,
    new: Tokens<New>,
}

impl Service {
    fn new() -> Self {
        let clock = TestClock::new();
        let store = FaultyStore::new(&clock);
        let new = New::config(key()).clock(clock.read()).store(store.clone()).build().unwrap();
        Self { clock, store, new }
    }

    fn old(&self, act: Act) -> App<Old, Act> {
        unjwt::build(self.old_config(), |handle| App { handle, act }).unwrap()
    }

    fn old_config(&self) -> unjwt::Config<Old> {
        Old::config(key()).clock(self.clock.read()).store(self.store.clone())
    }

    async fn sign_in(&self) -> Browser {
        browser("login", &self.new.seal(&New { user: 7, org: 1 }).await.unwrap().token)
    }

    /// The answer of the new program once it has asked the store again.
    async fn is_alive(&self, browser: &Browser) -> bool {
        self.clock.seconds(120);
        self.new.get(&request(browser)).await.unwrap().is_some()
    }

    async fn listed(&self) -> usize {
        self.new.logins().list(New::by_user(&7)).await.unwrap().len()
    }
}

/// Reads at the old program, whose response must not touch the cookie.
async fn read(old: &App<Old, Act>, browser: &mut Browser) -> Option<u64> {
    let reading = request_to(browser, old);
    let manager = old.handle.manager(&reading).await.unwrap();
    assert!(finish(&reading, browser).is_empty());
    manager.current().map(|current| current.data.user)
}

#[tokio::test]
async fn a_renew_hook_does_not_end_the_newer_login() {
    let service = Service::new();
    let mut browser = service.sign_in().await;
    assert_eq!(read(&service.old(Act::Replace), &mut browser).await, Some(7));
    assert!(service.is_alive(&browser).await);
}

#[tokio::test]
async fn a_renew_hook_begins_no_login_and_ends_none_that_is_one_too_many() {
    let service = Service::new();
    let (mut browser, other) = (service.sign_in().await, service.sign_in().await);
    let old = service.old(Act::Replace);
    for _ in 0..3 {
        assert_eq!(read(&old, &mut browser).await, Some(7));
        service.clock.seconds(5);
        assert_eq!(service.listed().await, 2);
    }
    assert!(service.is_alive(&other).await && service.is_alive(&browser).await);
}

#[tokio::test]
async fn an_on_error_hook_that_clears_does_not_end_the_newer_login() {
    let service = Service::new();
    let mut browser = service.sign_in().await;
    assert_eq!(read(&service.old(Act::Clear), &mut browser).await, None);
    assert_eq!(service.listed().await, 1);
    assert!(service.is_alive(&browser).await);
}

#[tokio::test]
async fn a_replace_by_the_handler_ends_the_newer_login_whatever_a_hook_did_before() {
    for act in [Act::Nothing, Act::Replace, Act::Clear] {
        let service = Service::new();
        let mut browser = service.sign_in().await;
        let newer = browser.clone();
        let old = service.old(act);
        let writing = request_to(&browser, &old);
        let manager = old.handle.manager(&writing).await.unwrap();
        manager.replace(Old { user: 9 }).await.unwrap();
        assert_eq!(finish(&writing, &mut browser).len(), 1);
        assert!(!service.is_alive(&newer).await);
        assert!(service.is_alive(&browser).await);
    }
}

#[tokio::test]
async fn a_clear_by_the_handler_ends_the_newer_login_whatever_a_hook_did_before() {
    for act in [Act::Nothing, Act::Replace, Act::Clear] {
        let service = Service::new();
        let mut browser = service.sign_in().await;
        let newer = browser.clone();
        let old = service.old(act);
        let writing = request_to(&browser, &old);
        old.handle.manager(&writing).await.unwrap().clear().await.unwrap();
        finish(&writing, &mut browser);
        assert!(browser.cookies.is_empty());
        assert!(!service.is_alive(&newer).await);
    }
}

/// As for a token of the program's own version, whose login goes on in another copy.
#[tokio::test]
async fn a_logout_with_an_expired_newer_token_ends_its_login() {
    for is_newer in [false, true] {
        let service = Service::new();
        let token = match is_newer {
            true => service.new.seal(&New { user: 7, org: 1 }).await.unwrap().token,
            false => service.old(Act::Nothing).handle.seal(&Old { user: 7 }).await.unwrap().token,
        };
        let stale = browser("login", &token);
        let mut fresh = stale.clone();
        service.clock.seconds(6 * 24 * 3600);
        let writing = request(&fresh);
        service.new.manager(&writing).await.unwrap().update_with(|new| new.org = 2).await.unwrap();
        finish(&writing, &mut fresh);
        service.clock.seconds(2 * 24 * 3600);
        let error = service.new.unseal_without_hooks(&token).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Expired);
        assert!(service.is_alive(&fresh).await);

        let logout = post(|logout: Logout<Old>| async move { logout.clear().await });
        let router: Router = unjwt::install(service.old_config(), |handle| {
            (Router::new().route("/logout", logout), App { handle, act: Act::Nothing })
        })
        .unwrap();
        let cookies = stale.header().unwrap();
        let reply = reply(&router, Request::post("/logout").header(header::COOKIE, cookies)).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert!(!service.is_alive(&fresh).await, "newer: {is_newer}");
    }
}
