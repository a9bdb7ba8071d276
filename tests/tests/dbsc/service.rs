//! A service with a bound pair, with and without a store of logins.

use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use unjwt::testing::{TestClock, TestStore};
use unjwt::{
    Current, JweKey, Jwk, JwsKey, Logout, RequireBound, Session, SessionConfigs as _, SessionHandle,
    SessionManager, SessionState,
};

/// The seconds for which an access session lives.
pub const SHORT: u64 = 600;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-login", max_age = "30D", cookie(same_site = "lax"))]
pub struct Login {
    pub user: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws(alg = "ES256"), name = "__Host-access", max_age = "10m", login = Login, bind = "dbsc", cookie(http_only))]
pub struct Access {
    pub user: u64,
    pub theme: Option<String>,
}

impl From<&Login> for Access {
    fn from(login: &Login) -> Self {
        Self { user: login.user, theme: None }
    }
}

#[derive(Clone, SessionState)]
pub struct App {
    login: SessionHandle<Login>,
    access: SessionHandle<Access>,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-login", max_age = "30D", revocable(by(user)))]
pub struct Revocable {
    pub user: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-access", max_age = "10m", login = Revocable, bind = "dbsc")]
pub struct Checked {
    pub user: u64,
}

impl From<&Revocable> for Checked {
    fn from(login: &Revocable) -> Self {
        Self { user: login.user }
    }
}

#[derive(Clone, SessionState)]
pub struct CheckedApp {
    pub login: SessionHandle<Revocable>,
    pub access: SessionHandle<Checked>,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-login", max_age = "30D", revocable(by(user)), rotation)]
pub struct Rotating {
    pub user: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-access", max_age = "10m", login = Rotating, bind = "dbsc")]
pub struct Turned {
    pub user: u64,
}

impl From<&Rotating> for Turned {
    fn from(login: &Rotating) -> Self {
        Self { user: login.user }
    }
}

#[derive(Clone, SessionState)]
pub struct RotatingApp {
    login: SessionHandle<Rotating>,
    access: SessionHandle<Turned>,
}

/// The routes that every service here has.
fn routes<L, A, S>(data: fn(u64) -> L) -> Router<S>
where
    L: Session + unjwt::bounds::Writable + Send,
    A: Session + unjwt::bounds::Writable + unjwt::DeviceBound,
    S: unjwt::HasSession<L> + unjwt::HasSession<A> + Clone + 'static,
{
    let log_in = async move |login: SessionManager<L>| {
        login.replace(data(7)).await?;
        Ok::<_, unjwt::Error>(StatusCode::NO_CONTENT)
    };
    let me = async |access: Current<A>| if access.is_bound() { "bound" } else { "unbound" };
    let only_bound = async |_: RequireBound<A>| "yours";
    let log_out = async |login: Logout<L>| {
        login.clear().await?;
        Ok::<_, unjwt::Error>(StatusCode::NO_CONTENT)
    };
    Router::new()
        .route("/login", post(log_in))
        .route("/me", get(me))
        .route("/only-bound", get(only_bound))
        .route("/logout", post(log_out))
}

/// Turns the clock to where every short session has ended.
pub fn next_period(clock: &TestClock) {
    clock.advance(Duration::from_secs(SHORT + 1));
}

/// The keys of a service, the same on each of its machines.
#[derive(Clone)]
pub struct Keys {
    pub login: JweKey,
    pub access: Jwk,
}

impl Keys {
    pub fn new() -> Self {
        Self { login: JweKey::secret([7; 32]), access: Jwk::generate("ES256").unwrap() }
    }
}

pub fn without_store(clock: &TestClock, keys: &Keys) -> Router {
    let configs = (Login::config(keys.login.clone()), Access::config(JwsKey::from_jwk(keys.access.clone())));
    let set_theme = async |access: SessionManager<Access>| {
        access.update_with(|access| access.theme = Some("dark".into())).await?;
        Ok::<_, unjwt::Error>(StatusCode::NO_CONTENT)
    };
    let replace = async |access: SessionManager<Access>| {
        access.replace(Access { user: 7, theme: Some("light".into()) }).await?;
        Ok::<_, unjwt::Error>(StatusCode::NO_CONTENT)
    };
    let theme = async |access: Access| access.theme.unwrap_or_default();
    let router = unjwt::install(configs.clock(clock.source()), |(login, access)| {
        let routes = routes::<Login, Access, App>(|user| Login { user });
        let routes = routes.route("/theme", get(theme).post(set_theme)).route("/replace", post(replace));
        (routes, App { login, access })
    });
    router.unwrap()
}

pub fn with_store(clock: &TestClock, store: &TestStore) -> (Router, CheckedApp) {
    let key = JweKey::secret([7; 32]);
    let configs = (Revocable::config(key.clone()), Checked::config(JweKey::secret([8; 32])));
    let configs = configs.clock(clock.source()).store(store.clone());
    let built = unjwt::install_returning_state(configs, |(login, access)| {
        (routes::<Revocable, Checked, CheckedApp>(|user| Revocable { user }), CheckedApp { login, access })
    });
    built.unwrap()
}

pub fn rotating(clock: &TestClock, store: &TestStore) -> Router {
    let configs = (Rotating::config(JweKey::secret([7; 32])), Turned::config(JweKey::secret([8; 32])));
    let configs = configs.clock(clock.source()).store(store.clone());
    let built = unjwt::install(configs, |(login, access)| {
        (routes::<Rotating, Turned, RotatingApp>(|user| Rotating { user }), RotatingApp { login, access })
    });
    built.unwrap()
}

#[test]
fn the_cookie_of_the_login_has_to_reach_the_routes() {
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, name = "plain", max_age = "30D")]
    struct Plain {}

    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, name = "short", max_age = "10m", login = Plain, bind = "dbsc")]
    struct Short {}

    impl From<&Plain> for Short {
        fn from(_: &Plain) -> Self {
            Self {}
        }
    }

    let configs = |path: Option<&str>| {
        let login = Plain::config(JweKey::secret([7; 32]));
        let login = path.into_iter().fold(login, |login, path| login.cookie_path(path));
        (login, Short::config(JweKey::secret([8; 32]))).build()
    };
    assert!(configs(None).is_ok());
    let error = configs(Some("/app")).unwrap_err().to_string();
    assert!(
        error.starts_with("Plain: cookie Path `Path=/app;") && error.contains("/.well-known/dbsc/start"),
        "{error}"
    );
}

/// The routes are added to whatever router the service has.
#[tokio::test]
async fn the_service_keeps_its_fallback_and_the_layers_around_it() {
    let clock = TestClock::new();
    for has_fallback in [true, false] {
        let configs =
            (Login::config(JweKey::secret([7; 32])), Access::config(JwsKey::from_jwk(Keys::new().access)));
        let router = unjwt::install(configs.clock(clock.source()), |(login, access)| {
            let router = Router::new().route("/", get(async || "home"));
            let router = if has_fallback { router.fallback(async || "none") } else { router };
            let seen = axum::middleware::map_response(async |mut response: axum::response::Response| {
                response.headers_mut().insert("x-seen", 1.into());
                response
            });
            (router.layer(seen), App { login, access })
        });
        let mut client = unjwt::testing::TestClient::new(router.unwrap());
        for path in ["/", "/nowhere"] {
            assert_eq!(client.get(path).await.header("x-seen"), Some("1"), "{path}");
        }
        assert_eq!(client.get("/nowhere").await.text(), if has_fallback { "none" } else { "" });
        assert_eq!(client.post("/.well-known/dbsc/start").await.status, 400);
    }
}
