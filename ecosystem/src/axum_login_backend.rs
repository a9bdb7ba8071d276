//! From axum-login, whose sessions are those of tower-sessions.

mod before {
    use axum::Router;
    use axum::http::StatusCode;
    use axum::routing::{get, post};
    use axum_login::tower_sessions::{MemoryStore, SessionManagerLayer};
    use axum_login::{AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend};

    use super::{User, Users};

    impl AuthUser for User {
        type Id = u64;

        fn id(&self) -> u64 {
            self.id
        }

        fn session_auth_hash(&self) -> &[u8] {
            self.password_hash.as_bytes()
        }
    }

    impl AuthnBackend for Users {
        type User = User;
        type Credentials = String;
        type Error = std::convert::Infallible;

        async fn authenticate(&self, password: String) -> Result<Option<User>, Self::Error> {
            Ok(self.find(7).filter(|user| user.password_hash == super::hash(&password)))
        }

        async fn get_user(&self, id: &u64) -> Result<Option<User>, Self::Error> {
            Ok(self.find(*id))
        }
    }

    async fn log_in(mut auth: AuthSession<Users>, password: String) -> Result<StatusCode, StatusCode> {
        let user = auth.authenticate(password).await.ok().flatten().ok_or(StatusCode::UNAUTHORIZED)?;
        auth.login(&user).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
        Ok(StatusCode::NO_CONTENT)
    }

    async fn me(auth: AuthSession<Users>) -> Result<String, StatusCode> {
        Ok(auth.user.ok_or(StatusCode::UNAUTHORIZED)?.id.to_string())
    }

    pub(super) fn service(users: Users, store: MemoryStore) -> Router {
        let auth = AuthManagerLayerBuilder::new(users, SessionManagerLayer::new(store)).build();
        Router::new().route("/login", post(log_in)).route("/me", get(me)).layer(auth)
    }
}

mod after {
    use std::sync::Arc;

    use axum::Router;
    use axum::extract::State;
    use axum::http::StatusCode;
    use axum::http::header::COOKIE;
    use axum::routing::{get, post};
    use axum_login::tower_sessions::session::Id;
    use axum_login::tower_sessions::{MemoryStore, SessionStore as _};
    use serde::{Deserialize, Serialize};
    use unjwt::hooks::{HookError, HookResult, Renew};
    use unjwt::{JweKey, Logout, NumericDate, Session, SessionHandle, SessionManager, SessionState};
    use unjwt_store::Store;

    use super::{Users, hash};

    // page: begin
    /// Its `session_auth_hash` ended every session of a user whose password changed: that is `revocable(by(user))` here.
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, name = "__Host-sid", max_age = "7D", revocable(by(user)), state = Arc<App>, hooks(renew = from_axum_login))]
    struct Sid {
        user: u64,
    }

    #[derive(SessionState)]
    struct App {
        sid: SessionHandle<Sid>,
        users: Users,
        old: MemoryStore,
    }

    /// The value that axum-login keeps under `axum-login.data`.
    #[derive(Deserialize)]
    struct Old {
        user_id: Option<u64>,
        auth_hash: Option<Vec<u8>>,
    }

    /// Runs for a visitor without a session: whoever has one in the old store gets it, and it leaves the store.
    async fn from_axum_login(event: Renew<'_, Sid>) -> HookResult {
        let cookies = event.headers().get(COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let id = cookies.split("; ").find_map(|pair| pair.strip_prefix("id=")?.parse::<Id>().ok());
        let Some(id) = id else { return Ok(()) };
        let App { users, old, .. } = &**event.state();
        let Some(mut record) = old.load(&id).await.map_err(HookError::unavailable)? else { return Ok(()) };
        let Some(Ok(Old { user_id: Some(user), auth_hash: Some(hash) })) =
            record.data.remove("axum-login.data").map(serde_json::from_value)
        else {
            return Ok(());
        };
        // The library compared the two with each request: a password that has changed since ends the old session.
        if users.find(user).is_some_and(|user| user.password_hash.as_bytes() == hash) {
            // When that was, the old session does not say: not lately enough to change the password.
            let at = NumericDate::from_secs(event.now().as_secs().saturating_sub(3600));
            event.session().replace(Sid { user }).signed_in_at(at).await?;
        }
        old.delete(&id).await.map_err(HookError::unavailable)
    }

    async fn change_password(
        sid: unjwt::Fresh<Sid, 300>,
        State(app): State<Arc<App>>,
        password: String,
    ) -> Result<StatusCode, unjwt::Error> {
        app.users.set_password(sid.data.user, &hash(&password));
        app.sid.logins().end_others(&sid).await?;
        Ok(StatusCode::NO_CONTENT)
    }
    // page: end

    async fn log_in(
        sid: SessionManager<Sid>,
        State(app): State<Arc<App>>,
        password: String,
    ) -> Result<StatusCode, unjwt::Error> {
        let Some(user) = app.users.find(7).filter(|user| user.password_hash == hash(&password)) else {
            return Ok(StatusCode::UNAUTHORIZED);
        };
        sid.replace(Sid { user: user.id }).await?;
        Ok(StatusCode::NO_CONTENT)
    }

    async fn log_out(sid: Logout<Sid>) -> Result<(), unjwt::Error> {
        sid.clear().await
    }

    pub(super) fn service(
        users: Users,
        old: MemoryStore,
        store: impl Store,
    ) -> Result<Router, unjwt::ConfigError> {
        unjwt::install(Sid::config(JweKey::secret([7; 32])).store(store), |sid| {
            let router = Router::new()
                .route("/login", post(log_in))
                .route("/me", get(async |sid: Sid| sid.user.to_string()))
                .route("/password", post(change_password))
                .route("/logout", post(log_out));
            (router, Arc::new(App { sid, users, old }))
        })
    }
}

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::http::Request;
use axum_login::tower_sessions::MemoryStore;
use tower_sessions_of_axum_login as _;
use unjwt::testing::{Reply, TestClient, TestStore};

#[derive(Clone, Debug)]
struct User {
    id: u64,
    password_hash: String,
}

/// The one user, whose number is 7.
#[derive(Clone)]
struct Users(Arc<Mutex<User>>);

impl Users {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(User { id: 7, password_hash: hash("a long one") })))
    }

    fn find(&self, id: u64) -> Option<User> {
        let user = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Some(user).filter(|user| user.id == id)
    }

    fn set_password(&self, id: u64, hash: &str) {
        let mut user = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if user.id == id {
            user.password_hash = hash.to_owned();
        }
    }
}

/// That of a password hash, for a test.
fn hash(password: &str) -> String {
    format!("hash of {password}")
}

async fn send(client: &mut TestClient, path: &str, text: &'static str) -> Reply {
    client.send(Request::post(path).body(Body::from(text)).unwrap()).await
}

#[tokio::test]
async fn nobody_is_signed_out() {
    let (users, old, store) = (Users::new(), MemoryStore::default(), TestStore::new());
    let mut ada = TestClient::new(before::service(users.clone(), old.clone()));
    assert_eq!(send(&mut ada, "/login", "a guess").await.status, 401);
    assert_eq!(send(&mut ada, "/login", "a long one").await.status, 204);
    assert_eq!(ada.get("/me").await.text(), "7");
    let mut copy = ada.clone();

    let after = after::service(users, old, store).unwrap();
    ada.move_to(after.clone());
    assert_eq!(ada.get("/me").await.text(), "7");
    assert_eq!(ada.get("/me").await.set_cookies().count(), 0, "once");
    assert_eq!(ada.post("/logout").await.status, 200);
    assert_eq!(ada.get("/me").await.status, 401);
    copy.move_to(after);
    assert_eq!(copy.get("/me").await.status, 401);
}

#[tokio::test]
async fn a_password_that_has_changed_ends_the_old_sessions_and_the_new() {
    let (users, old, store) = (Users::new(), MemoryStore::default(), TestStore::new());
    let mut phone = TestClient::new(before::service(users.clone(), old.clone()));
    let [mut laptop, mut asleep] = [phone.clone(), phone.clone()];
    for browser in [&mut phone, &mut laptop, &mut asleep] {
        send(browser, "/login", "a long one").await;
        browser.move_to(after::service(users.clone(), old.clone(), store.clone()).unwrap());
    }
    for browser in [&mut phone, &mut laptop] {
        assert_eq!(browser.get("/me").await.text(), "7");
    }
    assert_eq!(
        send(&mut phone, "/password", "a longer one").await.status,
        401,
        "not on the word of an old cookie"
    );
    assert_eq!(send(&mut phone, "/login", "a long one").await.status, 204);
    assert_eq!(send(&mut phone, "/password", "a longer one").await.status, 204);
    assert_eq!(phone.get("/me").await.text(), "7");
    // Of two routers, each of which remembers what it has checked, as two machines do.
    laptop.move_to(after::service(users, old, store).unwrap());
    assert_eq!(laptop.get("/me").await.status, 401);
    assert_eq!(
        asleep.get("/me").await.status,
        401,
        "has not come since, and its session is of the old password"
    );
}
