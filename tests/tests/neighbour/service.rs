//! This side: a service on loopback with the same routes as the neighbour.

use std::collections::HashMap;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, SystemTime};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use unjwt::__private::Spec;
use unjwt::bounds::Writable;
use unjwt::{Config, ConfigError, Session, SessionHandle, SessionManager, Status};

/// The data that both sides keep in an encrypted session.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", max_age = "1h", cookie(max_chunks = 10), sources(header, cookie))]
pub struct Sealed {
    pub user: String,
    pub visits: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The same where the page's script may read it.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "sid", max_age = "1h", cookie(max_chunks = 10), sources(header, cookie))]
pub struct Signed {
    pub user: String,
    pub visits: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The number of seconds by which the service's clock is ahead.
pub type Ahead = Arc<AtomicU64>;

/// A session whose data can be shown and merged as JSON.
pub trait Kept: Session + Serialize + DeserializeOwned {}

impl<T: Session + Serialize + DeserializeOwned> Kept for T {}

/// A session that [`serve`] can serve.
pub trait Service: Kept {
    fn router(config: Config<Self>) -> Result<Router, ConfigError>;
}

#[macro_export]
macro_rules! services {
    ($($session:ty),* $(,)?) => {
        $(impl $crate::service::Service for $session {
            fn router(config: unjwt::Config<Self>) -> Result<axum::Router, unjwt::ConfigError> {
                unjwt::install(config, |handle| ($crate::service::routes(), handle))
            }
        })*
    };
}

services!(Sealed, Signed);

/// The attribute with other values, as a test learns them while it runs.
pub fn attribute<T: Session>(change: impl FnOnce(&mut Spec)) -> &'static Spec {
    let mut spec = T::SPEC;
    change(&mut spec);
    Box::leak(Box::new(spec))
}

/// Serves a session under `/<id>`.
pub fn serve<T: Service>(id: &str, config: Config<T>) -> Result<Ahead, ConfigError> {
    let ahead = Ahead::default();
    serve_router(id, T::router(config.clock(clock(&ahead)))?);
    Ok(ahead)
}

/// Returns the service's clock.
pub fn clock(ahead: &Ahead) -> impl Fn() -> SystemTime + Clone + Send + Sync + 'static {
    let ahead = Arc::clone(ahead);
    move || SystemTime::now() + Duration::from_secs(ahead.load(Ordering::SeqCst))
}

/// Serves routes under `/<id>`.
pub fn serve_router(id: &str, router: Router) {
    let router = Router::new().nest(&format!("/{id}"), router);
    SERVED.write().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), router);
}

/// Returns the URL of this side.
pub fn url() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        // It ends with the process.
        thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, Router::new().fallback(dispatch)).await.unwrap();
            });
        });
        url
    })
}

static SERVED: LazyLock<RwLock<HashMap<String, Router>>> = LazyLock::new(RwLock::default);

async fn dispatch(request: Request) -> Response {
    let id = request.uri().path().split('/').nth(1).unwrap_or_default();
    let router = SERVED.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
    match router {
        Some(router) => router.oneshot(request).await.into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Returns the routes that every session of a test has.
pub fn routes<T: Kept + Writable>() -> Router<SessionHandle<T>> {
    Router::new()
        .route("/", get(read::<T>).patch(update::<T>).delete(clear::<T>))
        .route("/rotate", post(rotate::<T>))
}

async fn read<T: Kept>(session: SessionManager<T>) -> Json<Value> {
    report(&session)
}

/// Merges the body into the data; where there is no session, it begins one.
async fn update<T: Kept + Writable>(
    session: SessionManager<T>,
    Json(body): Json<Value>,
) -> Result<Json<Value>, unjwt::Error> {
    let merged = |data: Value| -> T {
        let mut data = data;
        data.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        serde_json::from_value(data).unwrap()
    };
    match session.current() {
        Some(current) => {
            let data = merged(serde_json::to_value(&*current.data).unwrap());
            session.update_with(|own| *own = data).await?
        }
        None => session.replace(merged(json!({}))).await?,
    };
    Ok(report(&session))
}

async fn rotate<T: Kept + Writable>(session: SessionManager<T>) -> Result<Json<Value>, unjwt::Error> {
    session.rotate().await?;
    Ok(report(&session))
}

async fn clear<T: Kept + Writable>(session: SessionManager<T>) -> Result<Json<Value>, unjwt::Error> {
    session.clear().await?;
    Ok(report(&session))
}

/// Reports the present session in the format that both sides use; times are seconds since 1970.
pub fn report<T: Kept>(session: &SessionManager<T>) -> Json<Value> {
    Json(match session.current() {
        Some(current) => json!({
            "status": "valid",
            "id": current.jti(),
            "created_at": current.iat(),
            "expires_at": current.exp(),
            "data": &*current.data,
            "token": current.token.as_str(),
        }),
        None => json!({ "status": match session.status() {
            Status::Expired => "expired",
            Status::Rejected => "rejected",
            _ => "absent",
        } }),
    })
}
