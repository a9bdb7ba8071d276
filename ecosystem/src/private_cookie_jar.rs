//! From axum-extra's `PrivateCookieJar`.

mod before {
    use axum::Router;
    use axum::extract::FromRef;
    use axum::http::StatusCode;
    use axum::routing::{get, post};
    use axum_extra::extract::PrivateCookieJar;
    use axum_extra::extract::cookie::{Cookie, Key};

    use super::Account;

    #[derive(Clone, FromRef)]
    struct App {
        key: Key,
    }

    async fn log_in(jar: PrivateCookieJar) -> (PrivateCookieJar, StatusCode) {
        let account = serde_json::to_string(&Account { user: 7 }).expect("an account");
        let cookie = Cookie::build(("account", account)).path("/").http_only(true).secure(true);
        (jar.add(cookie), StatusCode::NO_CONTENT)
    }

    async fn me(jar: PrivateCookieJar) -> Result<String, StatusCode> {
        let cookie = jar.get("account").ok_or(StatusCode::UNAUTHORIZED)?;
        let account: Account = serde_json::from_str(cookie.value()).map_err(|_| StatusCode::UNAUTHORIZED)?;
        Ok(account.user.to_string())
    }

    pub(super) fn service(key: Key) -> Router {
        Router::new().route("/login", post(log_in)).route("/me", get(me)).with_state(App { key })
    }
}

mod after {
    use std::sync::Arc;

    use axum::Router;
    use axum::http::header::SET_COOKIE;
    use axum::response::IntoResponse;
    use axum::routing::{get, post};
    use axum_extra::extract::PrivateCookieJar;
    use axum_extra::extract::cookie::Key;
    use serde::{Deserialize, Serialize};
    use unjwt::hooks::{HookResult, Renew};
    use unjwt::{JweKey, Logout, Session, SessionHandle, SessionState};

    use super::Account;

    // page: begin
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, name = "__Host-sid", max_age = "7D", state = Arc<App>, hooks(renew = from_the_jar))]
    struct Sid {
        user: u64,
    }

    #[derive(SessionState)]
    struct App {
        sid: SessionHandle<Sid>,
        old_key: Key,
    }

    /// Runs for a visitor without a session: whoever has the old cookie gets one.
    async fn from_the_jar(event: Renew<'_, Sid>) -> HookResult {
        let jar = PrivateCookieJar::<Key>::from_headers(event.headers(), event.state().old_key.clone());
        if let Some(cookie) = jar.get("account")
            && let Ok(Account { user }) = serde_json::from_str(cookie.value())
        {
            event.session().replace(Sid { user }).await?;
        }
        Ok(())
    }

    /// The old cookie has to go too, or the next request would sign its visitor in again.
    async fn log_out(sid: Logout<Sid>) -> Result<impl IntoResponse, unjwt::Error> {
        sid.clear().await?;
        Ok([(SET_COOKIE, "account=; Path=/; Max-Age=0")])
    }
    // page: end

    async fn me(sid: Sid) -> String {
        sid.user.to_string()
    }

    pub(super) fn service(old_key: Key) -> Result<Router, unjwt::ConfigError> {
        unjwt::install(Sid::config(JweKey::secret([7; 32])), |sid| {
            let router = Router::new().route("/me", get(me)).route("/logout", post(log_out));
            (router, Arc::new(App { sid, old_key }))
        })
    }
}

use axum_extra::extract::cookie::Key;
use serde::{Deserialize, Serialize};
use unjwt::testing::TestClient;

#[derive(Serialize, Deserialize)]
struct Account {
    user: u64,
}

#[tokio::test]
async fn nobody_is_signed_out() {
    let key = Key::generate();
    let mut ada = TestClient::new(before::service(key.clone()));
    assert_eq!(ada.post("/login").await.status, 204);
    assert_eq!(ada.get("/me").await.text(), "7");

    ada.move_to(after::service(key).unwrap());
    assert_eq!(ada.get("/me").await.text(), "7");
    assert!(ada.cookie("__Host-sid").is_some());
    assert_eq!(ada.get("/me").await.set_cookies().count(), 0, "once");

    assert_eq!(ada.post("/logout").await.status, 200);
    assert_eq!(ada.get("/me").await.status, 401);
}

#[tokio::test]
async fn a_jar_of_another_key_signs_nobody_in() {
    let mut eve = TestClient::new(before::service(Key::generate()));
    eve.post("/login").await;
    eve.move_to(after::service(Key::generate()).unwrap());
    assert_eq!(eve.get("/me").await.status, 401);
}
