//! Two sessions of one service, whose hooks tests can program.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::COOKIE;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use unjwt::hooks::{Clear, Expire, Failure, HookResult, Read, Renew, Update};
use unjwt::{
    Current, Error, ErrorKind, JwsKey, RequestContext, Session, SessionHandle, SessionManager,
    SessionRejection, SessionState, Status,
};

use super::support::{SetCookie, TestClock, set_cookies};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(
    jws,
    name = "access",
    max_age = "15m",
    state = Arc<World>,
    hooks(
        on_read = access::on_read,
        on_update = access::on_update,
        on_clear = access::on_clear,
        on_expire = access::on_expire,
        on_error = access::on_error,
        renew = access::renew,
    )
)]
pub struct Access {
    pub sub: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(
    jws,
    name = "refresh",
    max_age = "7D",
    state = Arc<World>,
    hooks(
        on_read = refresh::on_read,
        on_update = refresh::on_update,
        on_clear = refresh::on_clear,
        on_expire = refresh::on_expire,
        on_error = refresh::on_error,
        renew = refresh::renew,
    )
)]
pub struct Refresh {
    pub sub: String,
}

pub const ACCESS_KEY: [u8; 32] = [1; 32];
pub const REFRESH_KEY: [u8; 32] = [2; 32];

pub fn access(sub: &str) -> Access {
    Access { sub: sub.to_owned() }
}

pub fn refresh(sub: &str) -> Refresh {
    Refresh { sub: sub.to_owned() }
}

/// The future of a hook.
pub type Run<'a> = Pin<Box<dyn Future<Output = HookResult> + Send + 'a>>;

macro_rules! hooks {
    ($($hook:ident($event:ident, $log:expr);)*) => {
        /// The actions of one session's hooks; none by default.
        pub struct Hooks<T: Session> {
            $($hook: Mutex<Option<Arc<dyn for<'a> Fn($event<'a, T>) -> Run<'a> + Send + Sync>>>,)*
        }

        impl<T: Session> Default for Hooks<T> {
            fn default() -> Self {
                Self { $($hook: Mutex::new(None),)* }
            }
        }

        impl<T: Session> Hooks<T> {
            $(
                pub fn $hook(&self, hook: impl for<'a> Fn($event<'a, T>) -> Run<'a> + Send + Sync + 'static) {
                    *self.$hook.lock().unwrap() = Some(Arc::new(hook));
                }
            )*
        }

        hooks!(of access(Access, access_hooks): $($hook($event, $log);)*);
        hooks!(of refresh(Refresh, refresh_hooks): $($hook($event, $log);)*);
    };
    (of $module:ident($session:ident, $hooks:ident): $($hook:ident($event:ident, $log:expr);)*) => {
        pub mod $module {
            use super::*;

            $(
                pub async fn $hook(event: $event<'_, $session>) -> HookResult {
                    let world = event.state();
                    let about: fn(&$event<'_, $session>) -> String = $log;
                    world.note(format!("{} {}{}", stringify!($module), stringify!($hook), about(&event)));
                    let hook = world.$hooks.$hook.lock().unwrap().clone();
                    match hook {
                        Some(hook) => hook(event).await,
                        None => Ok(()),
                    }
                }
            )*
        }
    };
}

hooks! {
    on_read(Read, |event| format!(" {}", event.current().data.sub));
    on_update(Update, |event| format!(" {}", event.current().data.sub));
    on_clear(Clear, |_| String::new());
    on_expire(Expire, |event| format!(" {}", event.expired().data.sub));
    on_error(Failure, |event| format!(" {}", if event.is_write() { "write" } else { "read" }));
    renew(Renew, |event| event.expired().map_or(String::new(), |expired| format!(" {}", expired.data.sub)));
}

/// A gate at which a hook waits until the test opens it.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Notify, Notify)>);

impl Gate {
    pub async fn pass(&self) {
        self.arrive();
        self.0.1.notified().await;
    }

    /// Waits until a hook is at the gate.
    pub async fn reached(&self) {
        soon(self.0.0.notified()).await;
    }

    /// Signals arrival without waiting at the gate.
    pub fn arrive(&self) {
        self.0.0.notify_one();
    }

    pub fn open(&self) {
        self.0.1.notify_one();
    }
}

/// Fails the test instead of letting it hang.
pub async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("nobody waits for ever")
}

type Write = JoinHandle<Result<(), Error>>;

/// The service's state.
#[derive(SessionState)]
pub struct World {
    pub access: SessionHandle<Access>,
    pub refresh: SessionHandle<Refresh>,
    pub access_hooks: Hooks<Access>,
    pub refresh_hooks: Hooks<Refresh>,
    pub clock: TestClock,
    pub gate: Gate,
    pub second_gate: Gate,
    log: Mutex<Vec<String>>,
    spawned: Mutex<Vec<Write>>,
    pub kept_access: Mutex<Option<SessionManager<Access>>>,
    pub kept_refresh: Mutex<Option<SessionManager<Refresh>>>,
}

impl World {
    fn of(access: SessionHandle<Access>, refresh: SessionHandle<Refresh>, clock: TestClock) -> Arc<Self> {
        Arc::new(Self {
            access,
            refresh,
            access_hooks: Hooks::default(),
            refresh_hooks: Hooks::default(),
            clock,
            gate: Gate::default(),
            second_gate: Gate::default(),
            log: Mutex::default(),
            spawned: Mutex::default(),
            kept_access: Mutex::default(),
            kept_refresh: Mutex::default(),
        })
    }

    /// Without a router.
    pub fn new() -> Arc<Self> {
        let clock = TestClock::new();
        let configs = (
            Access::config(JwsKey::secret(ACCESS_KEY)).clock(clock.read()),
            Refresh::config(JwsKey::secret(REFRESH_KEY)).clock(clock.read()),
        );
        unjwt::build(configs, |(access, refresh)| Self::of(access, refresh, clock)).unwrap()
    }

    pub fn serve(routes: impl FnOnce(&Arc<Self>) -> Router<Arc<Self>>) -> (Router, Arc<Self>) {
        let clock = TestClock::new();
        let configs = (
            Access::config(JwsKey::secret(ACCESS_KEY)).clock(clock.read()),
            Refresh::config(JwsKey::secret(REFRESH_KEY)).clock(clock.read()),
        );
        let mut kept = None;
        let router = unjwt::install(configs, |(access, refresh)| {
            let world = Self::of(access, refresh, clock);
            kept = Some(Arc::clone(&world));
            (routes(&world), world)
        });
        (router.unwrap(), kept.unwrap())
    }

    /// A session's cookie.
    pub fn access_cookie(&self, sub: &str) -> String {
        self.access.cookie_header(&access(sub)).unwrap().to_str().unwrap().to_owned()
    }

    pub fn refresh_cookie(&self, sub: &str) -> String {
        self.refresh.cookie_header(&refresh(sub)).unwrap().to_str().unwrap().to_owned()
    }

    pub fn access_token(&self, sub: &str) -> String {
        value(&self.access_cookie(sub))
    }

    /// A request with these cookies.
    pub fn context(self: &Arc<Self>, cookies: &[String]) -> RequestContext<Arc<Self>> {
        RequestContext::with_state(&headers(cookies), Arc::clone(self))
    }

    pub fn note(&self, line: impl Into<String>) {
        self.log.lock().unwrap().push(line.into());
    }

    /// Returns the hooks that ran and the notes that were taken since the last call.
    pub fn log(&self) -> Vec<String> {
        std::mem::take(&mut *self.log.lock().unwrap())
    }

    /// Returns the number of times that this hook has run so far.
    pub fn runs(&self, hook: &str) -> usize {
        self.log.lock().unwrap().iter().filter(|line| line.starts_with(hook)).count()
    }

    /// Writes in a task of its own.
    pub fn spawn<T>(&self, write: impl Future<Output = Result<T, Error>> + Send + 'static) {
        let write = tokio::spawn(async { write.await.map(drop) });
        self.spawned.lock().unwrap().push(write);
    }

    /// Aborts the spawned tasks.
    pub fn abort(&self) {
        self.spawned.lock().unwrap().iter().for_each(JoinHandle::abort);
    }

    /// Returns the results of the spawned writes in order; `None` for an aborted one.
    pub async fn written(&self) -> Vec<Option<Result<(), ErrorKind>>> {
        let spawned = std::mem::take(&mut *self.spawned.lock().unwrap());
        let mut ends = Vec::new();
        for write in spawned {
            let end = soon(write).await.ok();
            ends.push(end.map(|end| end.map_err(|error| error.kind())));
        }
        ends
    }

    pub fn keep_access(&self, manager: SessionManager<Access>) {
        *self.kept_access.lock().unwrap() = Some(manager);
    }

    pub fn keep_refresh(&self, manager: SessionManager<Refresh>) {
        *self.kept_refresh.lock().unwrap() = Some(manager);
    }

    pub fn take_access(&self) -> SessionManager<Access> {
        self.kept_access.lock().unwrap().take().unwrap()
    }

    pub fn take_refresh(&self) -> SessionManager<Refresh> {
        self.kept_refresh.lock().unwrap().take().unwrap()
    }
}

pub const REFUSED: Option<Result<(), ErrorKind>> = Some(Err(ErrorKind::Refused));
pub const RESPONSE_SENT: Option<Result<(), ErrorKind>> = Some(Err(ErrorKind::ResponseSent));

/// A cookie's value.
pub fn value(cookie: &str) -> String {
    cookie.split_once('=').unwrap().1.to_owned()
}

pub fn headers(cookies: &[String]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if !cookies.is_empty() {
        headers.insert(COOKIE, cookies.join("; ").parse().unwrap());
    }
    headers
}

pub fn finish<S>(context: &RequestContext<S>) -> Vec<SetCookie> {
    let mut headers = HeaderMap::new();
    context.finish(&mut headers);
    set_cookies(&headers)
}

/// Returns the cookies by name, each with its change.
pub fn said(cookies: &[SetCookie]) -> Vec<String> {
    let said =
        |cookie: &SetCookie| format!("{} {}", cookie.name, if cookie.removes() { "removed" } else { "set" });
    cookies.iter().map(said).collect()
}

pub fn name(current: Option<&Current<Access>>) -> String {
    current.map_or("nobody".to_owned(), |current| current.data.sub.clone())
}

/// Returns the session's user and status as the manager reports them.
pub fn seen(manager: &SessionManager<Access>) -> (String, Status) {
    (name(manager.current().as_ref()), manager.status())
}

pub fn seen_refresh(manager: &SessionManager<Refresh>) -> (String, Status) {
    (manager.current().map_or("nobody".to_owned(), |current| current.data.sub.clone()), manager.status())
}

pub fn is(sub: &str, status: Status) -> (String, Status) {
    (sub.to_owned(), status)
}

/// One route for each way to ask for the session, and two that write it.
pub fn routes() -> Router<Arc<World>> {
    async fn result(access: Result<Access, SessionRejection>) -> Response {
        match access {
            Ok(access) => access.sub.into_response(),
            Err(rejection) if rejection.needs_sign_in() => "nobody".into_response(),
            Err(rejection) => rejection.into_response(),
        }
    }
    async fn login(Path(sub): Path<String>, manager: SessionManager<Access>) -> Result<(), Error> {
        manager.replace(access(&sub)).await.map(drop)
    }
    async fn logout(manager: SessionManager<Access>) -> Result<(), Error> {
        manager.clear().await
    }
    Router::new()
        .route("/data", get(async |access: Access| access.sub))
        .route("/current", get(async |access: Current<Access>| name(Some(&access))))
        .route(
            "/maybe",
            get(async |access: Option<Access>| access.map_or("nobody".to_owned(), |access| access.sub)),
        )
        .route("/maybe-current", get(async |access: Option<Current<Access>>| name(access.as_ref())))
        .route("/manager", get(async |access: SessionManager<Access>| name(access.current().as_ref())))
        .route("/result", get(result))
        .route("/login/{sub}", post(login))
        .route("/logout", post(logout))
}

/// The routes that read, each with its answer to a request without a session.
pub const ASKING: [(&str, StatusCode, &str); 6] = [
    ("/data", StatusCode::UNAUTHORIZED, ""),
    ("/current", StatusCode::UNAUTHORIZED, ""),
    ("/maybe", StatusCode::OK, "nobody"),
    ("/maybe-current", StatusCode::OK, "nobody"),
    ("/manager", StatusCode::OK, "nobody"),
    ("/result", StatusCode::OK, "nobody"),
];
