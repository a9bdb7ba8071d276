//! A pair of sessions of which one program knows less: the older one serves what it can, and destroys nothing.

use std::collections::BTreeMap;

use axum::http::{Request, StatusCode};
use axum::{Router, http};
use serde::Deserialize;

use crate::support::store::{Fault, FaultyStore};
use crate::support::{Browser, Reply, TestClock};

const OK: StatusCode = StatusCode::OK;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
const UNAVAILABLE: StatusCode = StatusCode::SERVICE_UNAVAILABLE;

/// The first version of each.
#[derive(Deserialize)]
pub struct First {
    pub user: u64,
}

/// A program with its versions of the two sessions.
macro_rules! program {
    ($name:ident: Refresh($($of_refresh:tt)*) { $($refresh:ident),* }, Access($($of_access:tt)*) { $($access:ident),* }) => {
        mod $name {
            use axum::routing::{get, post};
            use axum::Router;
            use serde::{Deserialize, Serialize};
            use unjwt::{JweKey, JwsKey, Logout, Session, SessionHandle, SessionManager, SessionState};

            use super::First;
            use crate::support::TestClock;
            use crate::support::store::FaultyStore;

            #[derive(Clone, Serialize, Deserialize, Session)]
            #[session(jwe, max_age = "7D", revocable(by(user)), rotation, $($of_refresh)*)]
            pub struct Refresh {
                user: u64,
                $($refresh: u64,)*
            }

            impl From<First> for Refresh {
                fn from(old: First) -> Self {
                    Self { user: old.user, $($refresh: 1,)* }
                }
            }

            #[derive(Clone, Serialize, Deserialize, Session)]
            #[session(jws, max_age = "15m", login = Refresh, $($of_access)*)]
            pub struct Access {
                user: u64,
                $($access: u64,)*
            }

            impl From<First> for Access {
                fn from(old: First) -> Self {
                    Self { user: old.user, $($access: 1,)* }
                }
            }

            impl From<&Refresh> for Access {
                fn from(login: &Refresh) -> Self {
                    Self { user: login.user, $($access: 2,)* }
                }
            }

            #[derive(Clone, SessionState)]
            struct App {
                access: SessionHandle<Access>,
                refresh: SessionHandle<Refresh>,
            }

            pub fn router(store: &FaultyStore, clock: &TestClock) -> Router {
                let configs = (
                    Access::config(JwsKey::secret([8; 32])).clock(clock.read()),
                    Refresh::config(JweKey::secret([7; 32])).clock(clock.read()).store(store.clone()),
                );
                unjwt::install(configs, |(access, refresh)| {
                    let router = Router::new()
                        .route("/me", get(|access: Access| async move { access.user.to_string() }))
                        .route("/login", post(|refresh: SessionManager<Refresh>| async move {
                            refresh.replace(Refresh { user: 7, $($refresh: 3,)* }).await.map(drop)
                        }))
                        .route("/update", post(|access: SessionManager<Access>| async move {
                            access.update_with(|access| access.user += 1).await.map(drop)
                        }))
                        .route("/rotate", post(|refresh: SessionManager<Refresh>| async move {
                            refresh.rotate().await.map(drop)
                        }))
                        .route("/logout", post(|login: Logout<Refresh>| async move { login.clear().await }))
                        .route("/leave", post(|access: Logout<Access>| async move { access.clear().await }))
                        .route("/clear", post(|access: SessionManager<Access>| async move { access.clear().await }))
                        .route("/clear-login", post(|refresh: SessionManager<Refresh>| async move {
                            refresh.clear().await
                        }))
                        ;
                    (router, App { access, refresh })
                })
                .unwrap()
            }

        }
    };
}

program!(old: Refresh(version = 1) {}, Access(version = 1) {});
program!(new_access: Refresh(version = 1) {}, Access(version = 2, migrate(First)) { org });
program!(new_login: Refresh(version = 2, migrate(First)) { device }, Access(version = 1) {});
program!(readable_login: Refresh(version = 2, migrate(First), readable_by = 1) { device }, Access(version = 1) {});

struct Service {
    clock: TestClock,
    store: FaultyStore,
    old: Router,
    new: Router,
}

impl Service {
    fn new(new: impl FnOnce(&FaultyStore, &TestClock) -> Router) -> Self {
        let clock = TestClock::new();
        let store = FaultyStore::new(&clock);
        let (old, new) = (old::router(&store, &clock), new(&store, &clock));
        Self { clock, store, old, new }
    }

    async fn sign_in(&self, at: &Router) -> Browser {
        let mut browser = Browser::default();
        assert_eq!(send(at, &mut browser, "POST", "/login").await.status, OK);
        assert_eq!(send(at, &mut browser, "GET", "/me").await.status, OK);
        assert_eq!(browser.cookies.len(), 2);
        browser
    }
}

async fn send(router: &Router, browser: &mut Browser, method: &str, path: &str) -> Reply {
    browser.send(router, Request::builder().method(method).uri(path)).await
}

/// Sends a request whose response must leave the browser's cookies as they are.
async fn peek(router: &Router, browser: &mut Browser, method: &str, path: &str) -> StatusCode {
    let before: BTreeMap<_, _> = browser.cookies.clone();
    let reply = send(router, browser, method, path).await;
    assert_eq!(reply.set_cookies().len(), 0, "{path}");
    assert_eq!(browser.cookies, before, "{path}");
    reply.status
}

#[tokio::test]
async fn an_access_session_that_is_newer_is_made_of_its_login_for_the_request_alone() {
    let service = Service::new(new_access::router);
    let mut browser = service.sign_in(&service.new).await;
    for _ in 0..3 {
        assert_eq!(peek(&service.old, &mut browser, "GET", "/me").await, OK);
        assert_eq!(peek(&service.new, &mut browser, "GET", "/me").await, OK);
    }
    assert_eq!(peek(&service.old, &mut browser, "POST", "/update").await, UNAVAILABLE);
    // It is not renewed, so the store is asked for nothing but whether the login lives.
    service.clock.seconds(20 * 60);
    assert_eq!(send(&service.old, &mut browser, "GET", "/me").await.status, OK, "it has expired meanwhile");
    assert_eq!(peek(&service.new, &mut browser, "GET", "/me").await, OK, "and is an old one since");
}

#[tokio::test]
async fn a_login_that_is_newer_leaves_the_access_session_until_that_ends() {
    let service = Service::new(new_login::router);
    let mut browser = service.sign_in(&service.new).await;
    assert_eq!(peek(&service.old, &mut browser, "GET", "/me").await, OK);
    assert_eq!(peek(&service.old, &mut browser, "POST", "/rotate").await, UNAVAILABLE);
    service.clock.seconds(20 * 60);
    browser.cookies.remove("access");
    assert_eq!(peek(&service.old, &mut browser, "GET", "/me").await, UNAUTHORIZED);
    assert_eq!(send(&service.new, &mut browser, "GET", "/me").await.status, OK, "nothing was lost");
    assert_eq!(peek(&service.old, &mut browser, "GET", "/me").await, OK);
}

#[tokio::test]
async fn a_login_that_is_newer_and_understood_is_read_and_not_renewed() {
    let service = Service::new(readable_login::router);
    let mut browser = service.sign_in(&service.new).await;
    service.clock.seconds(20 * 60);
    browser.cookies.remove("access");
    for _ in 0..3 {
        assert_eq!(peek(&service.old, &mut browser, "GET", "/me").await, OK, "for the request alone");
        assert_eq!(peek(&service.old, &mut browser, "POST", "/update").await, UNAVAILABLE);
    }
    assert_eq!(peek(&service.old, &mut browser, "POST", "/rotate").await, UNAVAILABLE);
    // Whoever copied the token has no more of it than the owner, and the copy is found.
    let mut copy = browser.clone();
    for _ in 0..2 {
        browser.cookies.remove("access");
        assert_eq!(send(&service.new, &mut browser, "GET", "/me").await.status, OK);
        service.clock.seconds(120);
    }
    assert_eq!(send(&service.old, &mut copy, "GET", "/me").await.status, UNAUTHORIZED);
    assert_eq!(send(&service.new, &mut browser, "GET", "/me").await.status, UNAUTHORIZED, "it has ended");
}

/// A logout at any program ends the login for all of them.
#[tokio::test]
async fn a_logout_ends_a_login_that_this_program_cannot_read() {
    for (program, new) in [("access", new_access::router as fn(&_, &_) -> _), ("login", new_login::router)] {
        for path in ["/logout", "/leave", "/clear", "/clear-login"] {
            let service = Service::new(new);
            let mut browser = service.sign_in(&service.new).await;
            let mut copy = browser.clone();
            assert_eq!(send(&service.old, &mut browser, "POST", path).await.status, OK, "{program} {path}");
            assert_eq!(browser.cookies.get("refresh"), None, "{program} {path}");
            assert_eq!(browser.cookies.get("access"), None, "{program} {path}");
            // The other process asks the store again after a while.
            service.clock.seconds(60);
            assert_eq!(
                send(&service.new, &mut copy, "GET", "/me").await.status,
                UNAUTHORIZED,
                "{program} {path}"
            );
        }
    }
}

#[tokio::test]
async fn a_new_login_over_one_that_this_program_cannot_read_ends_it() {
    let service = Service::new(new_login::router);
    let mut browser = service.sign_in(&service.new).await;
    let mut copy = browser.clone();
    assert_eq!(send(&service.old, &mut browser, "POST", "/login").await.status, OK);
    assert_eq!(send(&service.old, &mut browser, "GET", "/me").await.status, OK);
    assert_eq!(send(&service.new, &mut browser, "GET", "/me").await.status, OK, "it is read and migrated");
    service.clock.seconds(60);
    assert_eq!(send(&service.new, &mut copy, "GET", "/me").await.status, UNAUTHORIZED);
}

/// The newer token of a login is the one that counts, whoever can read it.
#[tokio::test]
async fn an_older_cookie_beside_a_newer_one_is_not_a_copy() {
    let service = Service::new(new_login::router);
    let mut browser = service.sign_in(&service.old).await;
    let old = browser.cookies["refresh"].clone();
    for _ in 0..2 {
        service.clock.seconds(20 * 60);
        assert_eq!(send(&service.new, &mut browser, "GET", "/me").await.status, OK);
    }
    let both = format!("refresh={old}; refresh={}", browser.cookies["refresh"]);
    let reply =
        crate::support::reply(&service.old, Request::get("/me").header(http::header::COOKIE, both)).await;
    assert_eq!(reply.status, UNAUTHORIZED);
    assert_eq!(reply.set_cookies().len(), 0);
    assert_eq!(peek(&service.new, &mut browser, "GET", "/me").await, OK, "the login goes on");
}

#[tokio::test]
async fn an_outage_of_the_store_is_one_for_what_is_migrated_as_well() {
    let service = Service::new(new_login::router);
    let mut browser = service.sign_in(&service.old).await;
    service.clock.seconds(20 * 60);
    browser.cookies.remove("access");
    service.store.set(Fault::Out);
    assert_eq!(peek(&service.new, &mut browser, "GET", "/me").await, UNAVAILABLE);
    service.store.set(Fault::None);
    service.clock.seconds(5);
    assert_eq!(send(&service.new, &mut browser, "GET", "/me").await.status, OK);
}
