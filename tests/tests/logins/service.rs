//! Processes of one service that share a store, and their browsers.

use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{Request, StatusCode};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use unjwt::{Current, Error, JweKey, LoginId, Logout, Session, SessionHandle, SessionManager};

use crate::support::store::FaultyStore;
use crate::support::{Browser, Reply, TestClock};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", max_age = "7D", absolute = "30D", revocable(by(user, tenant)))]
pub struct Login {
    pub user: u64,
    pub tenant: Option<String>,
    pub visits: u32,
}

pub fn user(user: u64) -> Login {
    Login { user, tenant: None, visits: 0 }
}

/// One process.
pub struct Process {
    router: Router,
    pub logins: SessionHandle<Login>,
}

impl Process {
    pub fn new(store: &FaultyStore, clock: &TestClock) -> Self {
        let config = Login::config(JweKey::secret([7; 32])).clock(clock.read()).store(store.clone());
        let (router, logins) =
            unjwt::install_returning_state(config, |logins: SessionHandle<Login>| (routes(), logins))
                .unwrap();
        Self { router, logins }
    }

    /// Sends a request with the browser's cookies, and gives it those of the response.
    pub async fn send(&self, browser: &mut Browser, method: &str, path: &str) -> Reply {
        browser.send(&self.router, Request::builder().method(method).uri(path)).await
    }

    pub async fn get(&self, browser: &mut Browser, path: &str) -> StatusCode {
        self.send(browser, "GET", path).await.status
    }

    pub async fn post(&self, browser: &mut Browser, path: &str) -> StatusCode {
        self.send(browser, "POST", path).await.status
    }

    /// Sends a request as it is.
    pub async fn send_raw(&self, request: axum::http::request::Builder) -> StatusCode {
        crate::support::reply(&self.router, request).await.status
    }

    /// Returns a browser that has signed in.
    pub async fn sign_in(&self, user: u64) -> Browser {
        let mut browser = Browser::default();
        assert_eq!(self.post(&mut browser, &format!("/login/{user}")).await, StatusCode::NO_CONTENT);
        browser
    }
}

/// The store, the clock and two processes.
pub fn two() -> (TestClock, FaultyStore, Process, Process) {
    let clock = TestClock::new();
    let store = FaultyStore::new(&clock);
    let (one, two) = (Process::new(&store, &clock), Process::new(&store, &clock));
    (clock, store, one, two)
}

/// Waits for what happens in the background.
pub async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("it never happens");
}

type Handle = State<SessionHandle<Login>>;

fn routes() -> Router<SessionHandle<Login>> {
    Router::new()
        .route("/login/{user}", post(login))
        .route("/me", get(|login: Login| async move { login.user.to_string() }))
        .route("/maybe", get(|login: Option<Login>| async move { login.is_some().to_string() }))
        .route("/current", get(|login: Current<Login>| async move { login.login_id().to_string() }))
        .route("/manager", get(|login: SessionManager<Login>| async move { format!("{:?}", login.status()) }))
        .route("/checked", get(|login: Current<Login>| async move { login.is_checked().to_string() }))
        .route("/visit", post(visit))
        .route(
            "/rotate",
            post(|login: SessionManager<Login>| async move { login.rotate().await.map(|_| ()) }),
        )
        .route("/logout", post(|login: Logout<Login>| async move { login.clear().await }))
        .route(
            "/maybe-and-logout",
            post(|_: Option<Login>, login: Logout<Login>| async move { login.clear().await }),
        )
        .route("/clear", post(|login: SessionManager<Login>| async move { login.clear().await }))
        .route("/take", post(|login: SessionManager<Login>| async move { login.take().await.map(|_| ()) }))
        .route("/end-others", post(end_others))
        .route("/end/{id}", post(end_one))
}

async fn login(login: SessionManager<Login>, Path(id): Path<u64>) -> Result<StatusCode, Error> {
    login.replace(user(id)).label("a test").await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn visit(login: SessionManager<Login>) -> Result<(), Error> {
    login.update_with(|login| login.visits += 1).await.map(|_| ())
}

async fn end_others(login: Current<Login>, State(logins): Handle) -> Result<(), Error> {
    logins.logins().end_others(&login).await
}

async fn end_one(
    login: Current<Login>,
    State(logins): Handle,
    Path(id): Path<LoginId>,
) -> Result<StatusCode, Error> {
    let own = logins.logins().end_one_of(Login::by_user(&login.data.user), id).await?;
    Ok(if own { StatusCode::OK } else { StatusCode::NOT_FOUND })
}
