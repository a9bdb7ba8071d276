//! The service under test: one handler (and middleware before it) that does what the request's script says.

use std::future::{Future, pending};
use std::sync::Arc;
use std::task::{Context, Waker};

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, OptionalFromRequestParts, Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::any;
use futures_util::future::join;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use tower::ServiceExt;
use unjwt::bounds::ProvidesState;
use unjwt::{Error, HasSession, Logout, RequestContext, SessionManager, SessionRejection};

use super::kinds::Kind;
use super::perform::{Running, perform_and_note, perform_together};
use super::record::{Record, Seen};
use super::script::{Answers, Op, Script, What};
use super::sessions::{App, Modelled, install, of_kind};
use super::support::TestClock;
use super::tasks::is_slow;

/// The status of a handler whose script makes it fail.
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
    let running = app.running();
    run(&app, &Arc::new(Door::Routed(Box::new(parts.clone()))), &running, &running.script.before).await;
    next.run(Request::from_parts(parts, body)).await
}

async fn handle(State(app): State<Arc<App>>, request: Request) -> StatusCode {
    let door = Arc::new(Door::Routed(Box::new(request.into_parts().0)));
    *app.door.lock().unwrap() = Some(Arc::clone(&door));
    let running = app.running();
    run(&app, &door, &running, &running.script.ops).await;
    match running.script.answer {
        Answers::Fine => StatusCode::OK,
        Answers::Fails => HANDLER_FAILED,
        Answers::IsDropped => {
            app.dropped.notify_one();
            pending().await
        }
    }
}

/// The way in which a handler accesses the sessions of its request.
pub enum Door {
    Routed(Box<Parts>),
    Plain(RequestContext<Arc<App>>),
}

impl Door {
    async fn open<T: Modelled>(&self, app: &Arc<App>, running: &Running) -> Result<SessionManager<T>, Record>
    where
        App: HasSession<T>,
        Arc<App>: ProvidesState<T::State>,
    {
        let failed = |error: &Error, status| Record::Failed { kind: T::KIND, error: error.kind(), status };
        let open = async {
            match self {
                Self::Routed(parts) => SessionManager::from_request_parts(&mut (**parts).clone(), app)
                    .await
                    .map_err(|rejection| failed(rejection.error(), Some(rejection.status()))),
                Self::Plain(context) => {
                    let manager = HasSession::<T>::handle(&**app).manager(context);
                    manager.await.map_err(|error| failed(&error, None))
                }
            }
        };
        running.tasks.slowly(is_slow(T::KIND), open).await
    }
}

/// Does what a handler does.
async fn run(app: &Arc<App>, door: &Arc<Door>, running: &Arc<Running>, ops: &[Op]) {
    for op in ops {
        match &op.what {
            What::Tick(seconds) => app.clock.seconds(*seconds),
            What::Resume(pick, then) => running.tasks.resume(*pick, *then).await,
            _ => {
                let (app, door, state, op) =
                    (Arc::clone(app), Arc::clone(door), Arc::clone(running), op.clone());
                running.tasks.start(async move { act(&app, &door, &state, &op).await }).await;
            }
        }
    }
}

async fn act(app: &Arc<App>, door: &Door, running: &Running, Op { kind, what }: &Op) {
    match (what, door) {
        (What::Abandon, _) if *kind == Kind::Vault => {}
        (What::Abandon, _) => of_kind!(*kind, T => {
            let opening = std::pin::pin!(door.open::<T>(app, running));
            let _ = opening.poll(&mut Context::from_waker(Waker::noop()));
        }),
        (What::Extract, Door::Routed(parts)) => {
            let extract = async { of_kind!(*kind, T => extract::<T>(parts, app).await) };
            running.note(running.tasks.slowly(is_slow(*kind), extract).await);
        }
        (What::LogOut, Door::Routed(parts)) => {
            of_kind!(*kind, T => running.tasks.slowly(is_slow(*kind), log_out::<T>(parts, app, running)).await);
        }
        (What::Together(writes), _) => of_kind!(*kind, T => {
            match join(door.open::<T>(app, running), door.open::<T>(app, running)).await {
                (Ok(one), Ok(two)) => perform_together(running, [one, two], writes).await,
                (one, two) => one.err().into_iter().chain(two.err()).for_each(|record| running.note(record)),
            }
        }),
        _ => of_kind!(*kind, T => match door.open::<T>(app, running).await {
            Ok(manager) => perform_and_note(running, &manager, what).await,
            Err(record) => running.note(record),
        }),
    }
}

async fn log_out<T: Modelled>(parts: &Parts, app: &Arc<App>, running: &Running)
where
    App: HasSession<T>,
{
    let logout: Logout<T> =
        Logout::from_request_parts(&mut parts.clone(), app).await.expect("it always runs");
    let before = logout.current().as_ref().map(Seen::of);
    let result = logout.clear().await.map_err(|error| error.kind());
    let after = logout.current().as_ref().map(Seen::of);
    running.note(Record::LoggedOut { kind: T::KIND, before, result, after });
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

/// The outcome of a request.
pub struct Answer {
    /// None if it was dropped.
    pub response: Option<(StatusCode, HeaderMap)>,
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
    let response = if without_router {
        let context = RequestContext::with_state(&headers, Arc::clone(app));
        let door = Arc::new(Door::Plain(context.clone()));
        *app.door.lock().unwrap() = Some(Arc::clone(&door));
        run(app, &door, &running, &running.script.before).await;
        run(app, &door, &running, &running.script.ops).await;
        let mut response = HeaderMap::new();
        context.finish(&mut response);
        let fails = running.script.answer == Answers::Fails;
        Some((if fails { HANDLER_FAILED } else { StatusCode::OK }, response))
    } else {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = path.parse().unwrap();
        *request.headers_mut() = headers;
        tokio::select! {
            biased;
            response = router.clone().oneshot(request) => {
                let response = response.unwrap();
                Some((response.status(), response.headers().clone()))
            }
            () = app.dropped.notified() => None,
        }
    };
    running.note(Record::Answered);
    // Whoever kept something of the request goes on.
    let door = app.door.lock().unwrap().take().expect("the handler ran");
    run(app, &door, &running, &running.script.after).await;
    running.tasks.drain().await;
    let records = std::mem::take(&mut *running.records.lock().unwrap());
    Answer { response, records }
}
