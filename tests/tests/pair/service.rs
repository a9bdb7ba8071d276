//! Processes of one service with a pair of sessions that rotates, and a pair without a store.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::Path;
use axum::http::header::COOKIE;
use axum::http::{Request, StatusCode};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookResult, Reuse};
use unjwt::{Error, JweKey, JwsKey, Logout, Session, SessionHandle, SessionManager, SessionState};

use crate::support::store::FaultyStore;
use crate::support::{Browser, Reply, TestClock, json_segment, reply};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(
    jwe,
    name = "refresh",
    max_age = "7D",
    absolute = "30D",
    revocable(by(user, tenant)),
    rotation,
    state = App,
    hooks(on_reuse = reused)
)]
pub struct Refresh {
    pub user: u64,
    pub tenant: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "access", max_age = "15m", login = Refresh)]
pub struct Access {
    pub user: u64,
}

impl From<&Refresh> for Access {
    fn from(login: &Refresh) -> Self {
        Self { user: login.user }
    }
}

async fn reused(event: Reuse<'_, Refresh>) -> HookResult {
    assert_eq!(event.reused().data.user, 7);
    event.state().reused.fetch_add(1, Ordering::SeqCst);
    Ok(())
}

#[derive(Clone, SessionState)]
pub struct App {
    pub access: SessionHandle<Access>,
    pub refresh: SessionHandle<Refresh>,
    pub reused: Arc<AtomicUsize>,
}

/// One process.
pub struct Process {
    router: Router,
    pub app: App,
}

impl Process {
    pub fn new(store: &FaultyStore, clock: &TestClock) -> Self {
        let configs = (
            Access::config(JwsKey::secret([8; 32])).clock(clock.read()),
            Refresh::config(JweKey::secret([7; 32])).clock(clock.read()).store(store.clone()),
        );
        let (router, app) = unjwt::install_returning_state(configs, |(access, refresh)| {
            (routes(), App { access, refresh, reused: Arc::default() })
        })
        .unwrap();
        Self { router, app }
    }

    /// Sends a request with the browser's cookies, and gives it those of the response.
    pub async fn send(&self, browser: &mut Browser, method: &str, path: &str) -> Reply {
        browser.send(&self.router, Request::builder().method(method).uri(path)).await
    }

    /// Sends a request whose response is lost.
    pub async fn lose(&self, browser: &Browser, path: &str) -> StatusCode {
        self.send(&mut browser.clone(), "GET", path).await.status
    }

    /// Sends a request with these cookies.
    pub async fn raw(&self, path: &str, cookies: &str) -> Reply {
        reply(&self.router, Request::get(path).header(COOKIE, cookies)).await
    }

    /// Sends a request with a token in a header.
    pub async fn with_header(&self, path: &str, name: &str, token: &str) -> Reply {
        reply(&self.router, Request::get(path).header(name, token)).await
    }

    /// Sends a request of another site's page.
    pub async fn cross_site(&self, browser: &mut Browser, method: &str, path: &str) -> Reply {
        let request = Request::builder().method(method).uri(path).header("sec-fetch-site", "cross-site");
        browser.send(&self.router, request).await
    }

    pub async fn get(&self, browser: &mut Browser, path: &str) -> StatusCode {
        self.send(browser, "GET", path).await.status
    }

    pub async fn post(&self, browser: &mut Browser, path: &str) -> StatusCode {
        self.send(browser, "POST", path).await.status
    }

    /// Returns a browser that has signed in.
    pub async fn sign_in(&self, user: u64) -> Browser {
        let mut browser = Browser::default();
        assert_eq!(self.post(&mut browser, &format!("/login/{user}")).await, StatusCode::NO_CONTENT);
        browser
    }

    pub fn reused(&self) -> usize {
        self.app.reused.load(Ordering::SeqCst)
    }
}

/// The claims of the browser's access token.
pub fn claims(browser: &Browser) -> serde_json::Value {
    json_segment(&browser.cookies["access"], 1)
}

/// The store, the clock and two processes.
pub fn two() -> (TestClock, FaultyStore, Process, Process) {
    let clock = TestClock::new();
    let store = FaultyStore::new(&clock);
    let (one, two) = (Process::new(&store, &clock), Process::new(&store, &clock));
    (clock, store, one, two)
}

pub fn routes<S>() -> Router<S>
where
    S: unjwt::HasSession<Access> + unjwt::HasSession<Refresh> + Clone + Send + Sync + 'static,
{
    Router::new()
        .route("/login/{user}", post(login))
        .route("/me", get(|access: Access| async move { access.user.to_string() }))
        .route("/maybe", get(|access: Option<Access>| async move { access.is_some().to_string() }))
        .route("/refresh", get(|refresh: Refresh| async move { refresh.user.to_string() }))
        .route("/logout", post(|login: Logout<Refresh>| async move { login.clear().await }))
        .route("/leave", post(|access: Logout<Access>| async move { access.clear().await }))
        .route("/clear", post(|access: SessionManager<Access>| async move { access.clear().await }))
        .route("/both/{user}", post(both))
        .route("/replace", post(replace))
        .route("/update", post(update))
        .route("/read-and-logout", post(read_and_log_out))
        .route("/fail", post(|_: Access| async { StatusCode::INTERNAL_SERVER_ERROR }))
}

async fn login(refresh: SessionManager<Refresh>, Path(user): Path<u64>) -> Result<StatusCode, Error> {
    refresh.replace(Refresh { user, tenant: None }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn read_and_log_out(_: Access, login: SessionManager<Refresh>) -> Result<(), Error> {
    login.clear().await
}

async fn both(
    refresh: SessionManager<Refresh>,
    access: SessionManager<Access>,
    Path(user): Path<u64>,
) -> Result<StatusCode, Error> {
    refresh.replace(Refresh { user, tenant: Some("acme".to_owned()) }).await?;
    access.replace(Access { user }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn replace(access: SessionManager<Access>) -> Result<(), Error> {
    access.replace(Access { user: 99 }).await.map(|_| ())
}

async fn update(access: SessionManager<Access>) -> Result<(), Error> {
    access.update_with(|access| access.user += 1).await.map(|_| ())
}
