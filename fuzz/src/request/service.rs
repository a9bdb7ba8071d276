//! The service: sessions in cookies and headers, whole and in chunks, with every hook.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use axum::Router;
use axum::http::Uri;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use unjwt::hooks::{Clear, Expire, Failure, HookError, HookResult, KeyLookup, Read, Renew, Update};
use unjwt::{
    Current, Error, JweKey, Jwk, JwsKey, Session, SessionHandle, SessionManager, SessionRejection,
    SessionState, Status,
};

use crate::material::{NOW, clock, key};

/// In a cookie that may have chunks; refused for one user.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jwe,
    name = "sid",
    max_age = "7D",
    cookie(chunk_max_length = 600, max_chunks = 4),
    state = Arc<App>,
    hooks(on_read = on_read, on_error = on_error, on_update = on_update, on_clear = on_clear)
)]
pub struct Sid {
    pub user: String,
    #[serde(default)]
    pub note: Option<String>,
}

/// Renewed from [`Sid`].
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jws(alg = "HS256"),
    name = "access",
    max_age = "15m",
    header = "authorization",
    sources(header, cookie),
    state = Arc<App>,
    hooks(renew = renew)
)]
pub struct Access {
    pub sub: String,
}

/// Without hooks and without an end of its own.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-plain")]
pub struct Plain {
    pub count: u32,
}

/// From another service, in a header alone, under a key that is looked up.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jws,
    read_only,
    name = "api",
    cookie = false,
    header = "x-api",
    max_age = "1h",
    state = Arc<App>,
    hooks(key_lookup = key_lookup, on_expire = on_expire)
)]
pub struct Api {
    pub client: String,
}

#[derive(SessionState)]
pub struct App {
    sid: SessionHandle<Sid>,
    access: SessionHandle<Access>,
    plain: SessionHandle<Plain>,
    api: SessionHandle<Api>,
}

async fn on_read(event: Read<'_, Sid>) -> HookResult {
    if event.current().data.user == "revoked" {
        event.refuse();
    }
    Ok(())
}

async fn on_error(event: Failure<'_, Sid>) -> HookResult {
    // What stands beside a refused session is read from within its hook.
    event.other::<Plain>().await?;
    Ok(())
}

async fn on_update(event: Update<'_, Sid>) -> HookResult {
    assert_eq!(
        event.current().data.user,
        event.session().current().map(|now| now.data.user.clone()).unwrap_or_default()
    );
    Ok(())
}

async fn on_clear(event: Clear<'_, Sid>) -> HookResult {
    event.other::<Access>().await?.clear().await?;
    Ok(())
}

async fn renew(event: Renew<'_, Access>) -> HookResult {
    if let Some(sid) = event.other::<Sid>().await?.current() {
        event.session().replace(Access { sub: sid.data.user.clone() }).await?;
    }
    Ok(())
}

async fn key_lookup(event: KeyLookup<'_, Api>) -> Result<Option<JwsKey>, HookError> {
    Ok((event.header().kid.as_deref() == Some("other"))
        .then(|| JwsKey::from_jwk(public("EdDSA").with_kid("other"))))
}

async fn on_expire(event: Expire<'_, Api>) -> HookResult {
    assert!(event.session().current().is_none());
    Ok(())
}

fn public(name: &str) -> Jwk {
    key(name).public().expect("a key pair")
}

type Four = (SessionManager<Sid>, SessionManager<Access>, SessionManager<Plain>, SessionManager<Api>);

/// What became of each session, and of which token it is.
async fn status((sid, access, plain, api): Four) -> String {
    fn line<T: Session>(manager: &SessionManager<T>) -> String {
        let current = manager.current();
        assert_eq!(current.is_some(), manager.status() == Status::Valid);
        let token = current.map(|current| current.token.as_str().to_owned()).unwrap_or_default();
        format!("{} {:?} {token}\n", manager.name(), manager.status())
    }
    [line(&sid), line(&access), line(&plain), line(&api)].concat()
}

async fn home(sid: Option<Sid>, plain: Result<Plain, SessionRejection>) -> impl IntoResponse {
    let sid = sid.map(|sid| sid.user).unwrap_or_default();
    plain.map(|plain| format!("{sid} {}", plain.count)).map_err(|rejection| {
        assert!(rejection.needs_sign_in(), "{rejection}");
        StatusCode::FORBIDDEN
    })
}

/// Begins a session; the query is the length of its note.
async fn login(
    sid: SessionManager<Sid>,
    plain: SessionManager<Plain>,
    uri: Uri,
) -> Result<StatusCode, Error> {
    let note = uri.query().and_then(|query| query.parse::<u16>().ok()).map(|len| "n".repeat(len.into()));
    sid.replace(Sid { user: "ada".into(), note }).await?;
    plain.replace(Plain { count: 1 }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn count(plain: SessionManager<Plain>) -> Result<String, Error> {
    let current = plain.update_with(|plain| plain.count = plain.count.wrapping_add(1)).await?;
    Ok(current.data.count.to_string())
}

async fn rotate(sid: SessionManager<Sid>, access: SessionManager<Access>) -> Result<(), Error> {
    sid.rotate().await?;
    access.update(AccessPatch { sub: Some("grace".into()) }).await?;
    Ok(())
}

async fn logout(sid: SessionManager<Sid>, plain: SessionManager<Plain>) -> Result<(), Error> {
    sid.clear().await?;
    plain.clear().await?;
    Ok(())
}

struct Service {
    router: Router,
    app: Arc<App>,
}

fn service(now: fn() -> SystemTime) -> Service {
    let secret = JweKey::from_jwk(key("A256GCM"));
    let configs = (
        Sid::config(secret.clone()).also_reads(JweKey::secret([7; 32])).clock(now),
        Access::config(JwsKey::from_jwk(key("HS256"))).clock(now),
        Plain::config(JweKey::secret([7; 32])).clock(now),
        Api::config(JwsKey::verify_only([public("ES256"), public("RS256")])).clock(now),
    );
    let mut kept = None;
    let router = unjwt::install(configs, |(sid, access, plain, api)| {
        let app = Arc::new(App { sid, access, plain, api });
        kept = Some(Arc::clone(&app));
        let router = Router::new()
            .route("/", get(home))
            .route("/status", get(status))
            .route("/sid", get(async |sid: Sid| sid.user))
            .route("/access", get(async |access: Current<Access>| access.data.sub.clone()))
            .route("/api", get(async |api: Api| api.client))
            .route("/login", post(login))
            .route("/count", post(count))
            .route("/rotate", post(rotate))
            .route("/logout", post(logout));
        (router, app)
    });
    Service { router: router.expect("the service is sound"), app: kept.expect("the router was built") }
}

pub(super) fn router() -> Router {
    static SERVICE: OnceLock<Service> = OnceLock::new();
    SERVICE.get_or_init(|| service(clock)).router.clone()
}

/// What a placeholder stands for.
pub(super) fn token(name: &str) -> Option<&'static str> {
    static TOKENS: OnceLock<BTreeMap<&str, String>> = OnceLock::new();
    let tokens = TOKENS.get_or_init(|| {
        let one = |name: &str| super::tokens(name).concat();
        BTreeMap::from([
            ("sid", one("sid")),
            ("revoked", one("revoked")),
            ("sid-expired", one("sid-expired")),
            ("chunks", one("chunks")),
            ("access", one("access")),
            ("access-expired", one("access-expired")),
            ("plain", one("plain")),
            ("api", one("api")),
            ("api-expired", one("api-expired")),
        ])
    });
    tokens.get(name).map(String::as_str)
}

/// The tokens of `material`; `chunks` is a whole `Cookie` field.
pub fn make() -> Vec<(String, Vec<String>)> {
    fn long_ago() -> SystemTime {
        SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(NOW - 30 * 24 * 60 * 60)
    }
    let [now, past] = [clock as fn() -> SystemTime, long_ago].map(|now| service(now).app);
    let sid = |user: &str, note: Option<String>| Sid { user: user.into(), note };
    let lone = |header: http::HeaderValue| {
        let header = header.to_str().expect("ASCII");
        header.split_once('=').map(|(_, token)| token.to_owned()).unwrap_or_default()
    };
    let cookie = |app: &App, sid: &Sid| app.sid.cookie_header(sid).expect("it fits");
    let access = |app: &App| lone(app.access.cookie_header(&Access { sub: "ada".into() }).expect("it fits"));
    let made = [
        ("sid", lone(cookie(&now, &sid("ada", None)))),
        ("revoked", lone(cookie(&now, &sid("revoked", None)))),
        ("sid-expired", lone(cookie(&past, &sid("ada", None)))),
        ("chunks", cookie(&now, &sid("ada", Some("n".repeat(900)))).to_str().expect("ASCII").to_owned()),
        ("access", access(&now)),
        ("access-expired", access(&past)),
        ("plain", lone(now.plain.cookie_header(&Plain { count: 7 }).expect("it fits"))),
        ("api", api(clock, "other", "EdDSA")),
        ("api-expired", api(long_ago, "", "ES256")),
    ];
    made.into_iter().map(|(name, token)| (format!("request/{name}"), vec![token])).collect()
}

/// The same session where it is written.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "api", max_age = "1h")]
struct ApiWriter {
    client: String,
}

fn api(now: fn() -> SystemTime, kid: &str, name: &str) -> String {
    let private = if kid.is_empty() { key(name) } else { key(name).with_kid(kid) };
    let tokens = ApiWriter::config(JwsKey::from_jwk(private)).clock(now).build().expect("the key is sound");
    let data = ApiWriter { client: "robot".into() };
    crate::runtime::block_on(tokens.sign(&data)).expect("a sound key signs").token.as_str().to_owned()
}
