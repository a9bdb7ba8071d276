//! The service under test: one handler (and middleware before it) that does what the request's script says.

use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Waker};

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, OptionalFromRequestParts, Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::any;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use tower::ServiceExt;
use unjwt::{HasSession, ProvidesState, RequestContext, SessionManager, SessionRejection};

use super::hooks::{Record, Running, perform_and_note, perform_together};
use super::kinds::Kind;
use super::script::{Op, Script, What};
use super::sessions::{App, Modelled, install, of_kind};
use super::support::TestClock;

/// What a handler answers where its script says that it fails.
pub const HANDLER_FAILED: StatusCode = StatusCode::IM_A_TEAPOT;

pub fn service(clock: &TestClock) -> (Router, Arc<App>) {
    install(clock, |app| {
        Router::new()
            .route("/run", any(handle))
            .route("/app/run", any(handle))
            .layer(middleware::from_fn_with_state(Arc::clone(app), before))
    })
}

async fn before(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let door = Door::Routed(Box::new(parts));
    let running = app.running();
    run(&app, &door, &running, &running.script.before).await;
    let Door::Routed(parts) = door else { unreachable!("made above") };
    next.run(Request::from_parts(*parts, body)).await
}

async fn handle(State(app): State<Arc<App>>, request: Request) -> StatusCode {
    let door = Door::Routed(Box::new(request.into_parts().0));
    let running = app.running();
    run(&app, &door, &running, &running.script.ops).await;
    if running.script.fails { HANDLER_FAILED } else { StatusCode::OK }
}

/// How a handler comes by the sessions of its request.
enum Door {
    Routed(Box<Parts>),
    Plain(RequestContext<Arc<App>>),
}

impl Door {
    async fn open<T: Modelled>(&self, app: &Arc<App>) -> Result<SessionManager<T>, Record>
    where
        App: HasSession<T>,
        Arc<App>: ProvidesState<T::State>,
    {
        let failed = |status| Record::Failed { kind: T::KIND, status };
        match self {
            Self::Routed(parts) => SessionManager::from_request_parts(&mut (**parts).clone(), app)
                .await
                .map_err(|rejection| failed(Some(rejection.status()))),
            Self::Plain(context) => {
                HasSession::<T>::handle(&**app).manager(context).await.map_err(|_| failed(None))
            }
        }
    }
}

async fn run(app: &Arc<App>, door: &Door, running: &Running, ops: &[Op]) {
    for Op { kind, what } in ops {
        match what {
            What::Tick(seconds) => app.clock.seconds(*seconds),
            What::Abandon if *kind == Kind::Vault => {}
            What::Abandon => of_kind!(*kind, T => {
                let opening = std::pin::pin!(door.open::<T>(app));
                let _ = opening.poll(&mut Context::from_waker(Waker::noop()));
            }),
            What::Extract => match door {
                Door::Routed(parts) => of_kind!(*kind, T => running.note(extract::<T>(parts, app).await)),
                Door::Plain(_) => of_kind!(*kind, T => look_or_write::<T>(app, door, running, what).await),
            },
            What::Together(writes) => of_kind!(*kind, T => {
                match tokio::join!(door.open::<T>(app), door.open::<T>(app)) {
                    (Ok(one), Ok(two)) => perform_together(running, [one, two], writes).await,
                    (Err(record), Err(_)) => running.note(record),
                    (one, two) => panic!("one extraction: {one:?}, the other: {two:?}"),
                }
            }),
            _ => of_kind!(*kind, T => look_or_write::<T>(app, door, running, what).await),
        }
    }
}

async fn look_or_write<T: Modelled>(app: &Arc<App>, door: &Door, running: &Running, what: &What)
where
    App: HasSession<T>,
    Arc<App>: ProvidesState<T::State>,
{
    match door.open::<T>(app).await {
        Ok(manager) => perform_and_note(running, &manager, what).await,
        Err(record) => running.note(record),
    }
}

async fn extract<T>(parts: &Parts, app: &Arc<App>) -> Record
where
    T: Modelled
        + FromRequestParts<Arc<App>, Rejection = SessionRejection>
        + OptionalFromRequestParts<Arc<App>, Rejection = SessionRejection>,
{
    let required = <T as FromRequestParts<_>>::from_request_parts(&mut parts.clone(), app).await;
    let optional = <T as OptionalFromRequestParts<_>>::from_request_parts(&mut parts.clone(), app).await;
    Record::Extracted {
        kind: T::KIND,
        required: required.map(|session| session.data()).map_err(|rejection| rejection.status()),
        optional: optional
            .map(|session| session.map(|session| session.data()))
            .map_err(|rejection| rejection.status()),
    }
}

/// What came of a request.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub records: Vec<Record>,
}

/// Sends a request with these headers.
pub async fn visit(
    (router, app): &(Router, Arc<App>),
    path: &str,
    headers: HeaderMap,
    script: Script,
    without_router: bool,
) -> Answer {
    let running = Arc::new(Running::new(script));
    *app.running.lock().unwrap() = Some(Arc::clone(&running));
    let (status, headers) = if without_router {
        let context = RequestContext::with_state(&headers, Arc::clone(app));
        let door = Door::Plain(context.clone());
        run(app, &door, &running, &running.script.before).await;
        run(app, &door, &running, &running.script.ops).await;
        let mut response = HeaderMap::new();
        context.finish(&mut response);
        (if running.script.fails { HANDLER_FAILED } else { StatusCode::OK }, response)
    } else {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = path.parse().unwrap();
        *request.headers_mut() = headers;
        let response = router.clone().oneshot(request).await.unwrap();
        (response.status(), response.headers().clone())
    };
    let records = std::mem::take(&mut *running.records.lock().unwrap());
    Answer { status, headers, records }
}
