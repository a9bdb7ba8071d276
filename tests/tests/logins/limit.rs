//! A limit of logins: nobody has more, and a sign-in that fails ends none.

use axum::Router;
use axum::extract::Path;
use axum::http::{Request, StatusCode};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use unjwt::{Error, JweKey, Session, SessionHandle, SessionManager};
use unjwt_store::MemoryStore;

use crate::support::Browser;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", max_age = "7D", revocable(by(user), max_logins(2, "end_oldest")))]
struct Limited {
    user: u64,
    notes: String,
}

async fn login(session: SessionManager<Limited>, Path(length): Path<usize>) -> Result<(), Error> {
    session.replace(Limited { user: 7, notes: "x".repeat(length) }).await.map(|_| ())
}

#[tokio::test]
async fn a_sign_in_that_fails_ends_no_other_and_hides_none() {
    let config = Limited::config(JweKey::secret([7; 32])).store(MemoryStore::volatile());
    let routes = Router::new()
        .route("/login/{length}", post(login))
        .route("/me", get(|login: Limited| async move { login.user.to_string() }));
    let (router, logins) =
        unjwt::install_returning_state(config, |logins: SessionHandle<Limited>| (routes, logins)).unwrap();
    let post =
        async |browser: &mut Browser, path: &str| browser.send(&router, Request::post(path)).await.status;
    let mut browsers = Vec::new();
    for _ in 0..5 {
        let mut browser = Browser::default();
        assert_eq!(post(&mut browser, "/login/0").await, StatusCode::OK);
        browsers.push(browser);
        // Too large for a cookie, so that nobody gets it.
        let failed = post(&mut Browser::default(), "/login/20000").await;
        assert_eq!(failed, StatusCode::PAYLOAD_TOO_LARGE);
        let mut live = 0;
        for browser in &mut browsers {
            live += usize::from(browser.get(&router, "/me").await.status == StatusCode::OK);
        }
        assert_eq!(live, browsers.len().min(2));
        let mut listed = usize::MAX;
        crate::service::eventually(async || {
            listed = logins.logins().list(Limited::by_user(&7)).await.unwrap().len();
            listed == live
        })
        .await;
    }
}
