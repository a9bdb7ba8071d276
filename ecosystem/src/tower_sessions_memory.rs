//! From tower-sessions, whose sessions are in a store.

mod before {
    use axum::Router;
    use axum::http::StatusCode;
    use axum::routing::{get, post};
    use tower_sessions::{MemoryStore, Session, SessionManagerLayer};

    use super::Account;

    async fn log_in(session: Session) -> Result<StatusCode, StatusCode> {
        let account = Account { user: 7 };
        session.insert("account", account).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
        Ok(StatusCode::NO_CONTENT)
    }

    async fn me(session: Session) -> Result<String, StatusCode> {
        let account: Option<Account> =
            session.get("account").await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
        Ok(account.ok_or(StatusCode::UNAUTHORIZED)?.user.to_string())
    }

    pub(super) fn service(store: MemoryStore) -> Router {
        let router = Router::new().route("/login", post(log_in)).route("/me", get(me));
        router.layer(SessionManagerLayer::new(store))
    }
}

mod after {
    use std::sync::Arc;

    use axum::Router;
    use axum::http::header::COOKIE;
    use axum::routing::{get, post};
    use serde::{Deserialize, Serialize};
    use tower_sessions::session::Id;
    use tower_sessions::{MemoryStore, SessionStore as _};
    use unjwt::hooks::{HookError, HookResult, Renew};
    use unjwt::{JweKey, Logout, Session, SessionHandle, SessionState};

    use super::Account;

    // page: begin
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, name = "__Host-sid", max_age = "7D", state = Arc<App>, hooks(renew = from_the_store))]
    struct Sid {
        user: u64,
    }

    #[derive(SessionState)]
    struct App {
        sid: SessionHandle<Sid>,
        old: MemoryStore,
    }

    /// Runs for a visitor without a session: whoever has one in the old store gets it, and it leaves the store, so that a
    /// logout ends it.
    async fn from_the_store(event: Renew<'_, Sid>) -> HookResult {
        let cookies = event.headers().get(COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let id = cookies.split("; ").find_map(|pair| pair.strip_prefix("id=")?.parse::<Id>().ok());
        let Some(id) = id else { return Ok(()) };
        let store = &event.state().old;
        // While it is out, nobody is told to sign in again.
        let Some(record) = store.load(&id).await.map_err(HookError::unavailable)? else { return Ok(()) };
        if let Some(Ok(Account { user })) = record.data.get("account").cloned().map(serde_json::from_value) {
            event.session().replace(Sid { user }).await?;
            store.delete(&id).await.map_err(HookError::unavailable)?;
        }
        Ok(())
    }
    // page: end

    async fn me(sid: Sid) -> String {
        sid.user.to_string()
    }

    async fn log_out(sid: Logout<Sid>) -> Result<(), unjwt::Error> {
        sid.clear().await
    }

    pub(super) fn service(old: MemoryStore) -> Result<Router, unjwt::ConfigError> {
        unjwt::install(Sid::config(JweKey::secret([7; 32])), |sid| {
            let router = Router::new().route("/me", get(me)).route("/logout", post(log_out));
            (router, Arc::new(App { sid, old }))
        })
    }
}

use serde::{Deserialize, Serialize};
use tower_sessions::MemoryStore;
use unjwt::testing::TestClient;

#[derive(Serialize, Deserialize)]
struct Account {
    user: u64,
}

#[tokio::test]
async fn nobody_is_signed_out() {
    let store = MemoryStore::default();
    let mut ada = TestClient::new(before::service(store.clone()));
    assert_eq!(ada.post("/login").await.status, 204);
    assert_eq!(ada.get("/me").await.text(), "7");
    let mut copy = ada.clone();

    ada.move_to(after::service(store.clone()).unwrap());
    assert_eq!(ada.get("/me").await.text(), "7");
    assert_eq!(ada.get("/me").await.set_cookies().count(), 0, "once");

    assert_eq!(ada.post("/logout").await.status, 200);
    assert_eq!(ada.get("/me").await.status, 401);
    // Whoever has copied the old id has nothing any more.
    copy.move_to(after::service(store).unwrap());
    assert_eq!(copy.get("/me").await.status, 401);
}
