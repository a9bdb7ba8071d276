//! Sessions of ours whose logins end, and routes that tell of the login.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use unjwt::bounds::{HasAuthTime, ListsLogins, Revocable, Writable};
use unjwt::{
    Config, ConfigError, Current, Error, Fresh, JweKey, Jwk, JwsKey, LoginGroup, Logout, Session,
    SessionHandle, SessionManager, SessionState, install,
};
use unjwt_store::MemoryStore;

use crate::node::Node;
use crate::pair::{Ours, Pair};
use crate::service::{Kept, Service, clock, report, routes};
use crate::setup::npm;

/// Keeps what npm adds to the data.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", max_age = "1h", absolute = "3h", revocable(by(user)), sources(header, cookie))]
pub struct Login {
    pub user: String,
    pub visits: u64,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// Its tokens are good for one renewal, which the response to a reading makes.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jwe,
    name = "sid",
    max_age = "1h",
    revocable(by(user)),
    rotation,
    renew_after = "half",
    sources(header, cookie)
)]
pub struct Rotating {
    pub user: String,
    pub visits: u64,
}

/// The login of [`Access`].
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "refresh", max_age = "2h", revocable(by(user)), rotation)]
pub struct Refresh {
    pub user: String,
    pub visits: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "access", max_age = "15m", login = Refresh)]
pub struct Access {
    pub user: String,
    pub visits: u64,
}

impl From<&Refresh> for Access {
    fn from(login: &Refresh) -> Self {
        Self { user: login.user.clone(), visits: 0 }
    }
}

/// A session with a login of its own.
pub trait OwnLogin: Kept + Writable + Revocable + HasAuthTime + ListsLogins {
    fn of_same_user(&self) -> LoginGroup<Self>;
}

impl OwnLogin for Login {
    fn of_same_user(&self) -> LoginGroup<Self> {
        Self::by_user(&self.user)
    }
}

impl OwnLogin for Rotating {
    fn of_same_user(&self) -> LoginGroup<Self> {
        Self::by_user(&self.user)
    }
}

impl Service for Login {
    fn router(config: Config<Self>) -> Result<Router, ConfigError> {
        install(config, |handle| (routes::<Self>().merge(login_routes::<Self>()), handle))
    }
}

impl Service for Rotating {
    fn router(config: Config<Self>) -> Result<Router, ConfigError> {
        install(config, |handle| (routes::<Self>().merge(login_routes::<Self>()), handle))
    }
}

fn login_routes<T: OwnLogin>() -> Router<SessionHandle<T>> {
    Router::new()
        .route("/login", get(login::<T>))
        .route("/fresh", get(|_: Fresh<T, 300>| async {}))
        .route("/end-all", post(end_all::<T>))
        .route("/end-everyone", post(end_everyone::<T>))
}

async fn login<T: Kept + Revocable + HasAuthTime>(login: Current<T>) -> Json<Value> {
    Json(json!({ "id": login.login_id(), "auth_time": login.auth_time() }))
}

/// Ends all logins of the user, as a change of the password does.
async fn end_all<T: OwnLogin>(
    login: Current<T>,
    State(handle): State<SessionHandle<T>>,
) -> Result<(), Error> {
    handle.logins().end_by(login.data.of_same_user()).await
}

async fn end_everyone<T: OwnLogin>(State(handle): State<SessionHandle<T>>) -> Result<(), Error> {
    handle.logins().end_everyone().await
}

/// Both sides with one key, and a store of ours that no other pair has.
pub fn shared<T: OwnLogin + Service<Key = JweKey>>(node: &'static Node) -> Pair {
    let jwk = Jwk::generate("A256GCM").unwrap();
    let npm = npm("jwe", &serde_json::to_value(&jwk).unwrap(), &Value::Null);
    let config = Config::<T>::new(JweKey::from_jwk(jwk)).store(MemoryStore::volatile());
    Pair::new(node, &npm, config).unwrap()
}

/// npm's configuration of the short session, and of its login.
pub struct Two {
    pub access: Value,
    pub refresh: Value,
}

/// A session with `login = ..` and its login, with the routes `/` for one and `/refresh` for the other.
pub fn two(node: &'static Node) -> (Pair, Two) {
    let (sealing, signing) = (Jwk::generate("A256GCM").unwrap(), Jwk::generate("HS256").unwrap());
    let named = |family: &str, key: &Jwk, name: &str, max_age: &str| {
        let write = if family == "jwe" { "encryptOptions" } else { "signOptions" };
        let typ = json!({ write: { "protectedHeader": { "typ": format!("{name}+jwt") } } });
        let more = json!({ "name": name, "maxAge": max_age, family: typ });
        npm(family, &serde_json::to_value(key).unwrap(), &more)
    };
    let two = Two {
        access: named("jws", &signing, "access", "15m"),
        refresh: named("jwe", &sealing, "refresh", "2h"),
    };
    let pair = Pair::of_router(node, &two.access, |ahead| {
        let access = Access::config(JwsKey::from_jwk(signing)).clock(clock(ahead));
        let refresh = Refresh::config(JweKey::from_jwk(sealing)).clock(clock(ahead));
        let configs = (access, refresh.store(MemoryStore::volatile()));
        install(configs, |(access, refresh)| (routes_of_two(), Handles { access, refresh })).unwrap()
    });
    (pair, two)
}

#[derive(Clone, SessionState)]
struct Handles {
    access: SessionHandle<Access>,
    refresh: SessionHandle<Refresh>,
}

fn routes_of_two() -> Router<Handles> {
    Router::new()
        .route("/", get(|access: SessionManager<Access>| async move { report(&access) }))
        .route("/refresh", get(|refresh: SessionManager<Refresh>| async move { report(&refresh) }))
        .route("/login", get(login::<Access>))
        .route("/sign-in", post(sign_in))
        .route("/logout", post(|login: Logout<Refresh>| async move { login.clear().await }))
}

async fn sign_in(refresh: SessionManager<Refresh>) -> Result<(), Error> {
    refresh.replace(Refresh { user: "ada".to_owned(), visits: 1 }).await.map(|_| ())
}

/// Our view of a login: its id, and the time of the sign-in.
#[derive(Debug, PartialEq, Deserialize)]
pub struct Seen {
    pub id: String,
    pub auth_time: u64,
}

/// Returns the login as our service sees it; `None` if that answers 401.
#[track_caller]
pub fn login_at_ours(pair: &mut Pair) -> Option<Seen> {
    let answer = pair.send(Ours, "GET", "/login", &Value::Null);
    assert!(matches!(answer.status, 200 | 401), "{answer:?}");
    (answer.status == 200).then(|| serde_json::from_str(&answer.body).unwrap())
}

/// Posts to a route of ours.
#[track_caller]
pub fn post_to_ours(pair: &mut Pair, path: &str) {
    let answer = pair.send(Ours, "POST", path, &Value::Null);
    assert!(answer.status < 300, "{path}: {answer:?}");
}
