//! The session of these tests behind a router, and its browsers.

use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::header::RETRY_AFTER;
use axum::http::{Request, StatusCode};
use axum::routing::{get, post};
use tokio::time::{Instant, sleep, timeout};
use unjwt::{Error, Logout, SessionHandle, SessionManager};
use unjwt_store::Store;

use crate::service::{Strict, key};
use crate::support::{Browser, Reply};

/// A process of the service.
pub struct Site {
    router: Router,
    pub logins: SessionHandle<Strict>,
}

impl Site {
    pub fn new(store: impl Store) -> Self {
        // An hour, so that only the store's own deadline ends a wait.
        let config = Strict::config(key()).store(store).store_timeout(Duration::from_secs(60 * 60));
        let (router, logins) =
            unjwt::install_returning_state(config, |logins: SessionHandle<Strict>| (routes(), logins))
                .unwrap();
        Self { router, logins }
    }

    async fn send(&self, browser: &mut Browser, method: &str, path: &str) -> Reply {
        let reply = browser.send(&self.router, Request::builder().method(method).uri(path));
        timeout(Duration::from_secs(60), reply).await.expect("it hangs")
    }

    /// Returns a browser that has signed in.
    pub async fn sign_in(&self, user: u64) -> Browser {
        let mut browser = Browser::default();
        assert_eq!(self.post(&mut browser, &format!("/login/{user}")).await, StatusCode::OK);
        browser
    }

    pub async fn post(&self, browser: &mut Browser, path: &str) -> StatusCode {
        self.send(browser, "POST", path).await.status
    }

    /// Returns what a copy of the cookie is good for.
    pub async fn verdict(&self, browser: &Browser) -> StatusCode {
        let reply = self.send(&mut browser.clone(), "GET", "/me").await;
        assert!(reply.set_cookies().is_empty(), "nothing takes the cookie away");
        let is_outage = reply.status == StatusCode::SERVICE_UNAVAILABLE;
        assert_eq!(reply.headers.contains_key(RETRY_AFTER), is_outage);
        reply.status
    }

    /// Waits until the verdict is this.
    pub async fn until(&self, browser: &Browser, expected: StatusCode) {
        let end = Instant::now() + Duration::from_secs(120);
        loop {
            let said = self.verdict(browser).await;
            if said == expected {
                return;
            }
            assert!(Instant::now() < end, "it still says {said}, not {expected}");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

fn routes() -> Router<SessionHandle<Strict>> {
    Router::new()
        .route("/login/{user}", post(login))
        .route("/me", get(|login: Strict| async move { login.user.to_string() }))
        .route("/logout", post(|login: Logout<Strict>| async move { login.clear().await }))
}

async fn login(login: SessionManager<Strict>, Path(user): Path<u64>) -> Result<(), Error> {
    login.replace(Strict { user }).await.map(|_| ())
}
