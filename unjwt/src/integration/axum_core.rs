//! Sessions as arguments of axum's handlers. Names axum-core alone, which changes less often than axum.

// Generated code names them by way of this crate.
pub use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;

use crate::error::{Error, ErrorKind};
use crate::http::rejection::{RejectionKind, SessionRejection};
use crate::http::status;
use crate::request::context::Context;
use crate::request::hooks::Session;
use crate::request::logout::Logout;
use crate::request::loud;
use crate::request::manager::SessionManager;
use crate::request::read::fast_path::{self, FastRead};
use crate::request::status::NoSession;
use crate::session::current::Current;
use crate::session::handle::HasSession;

/// Refuses nobody for having no session: ask [`current`](SessionManager::current) or
/// [`require`](SessionManager::require). A hook that fails on the way answers with its own status.
impl<T: Session, S: HasSession<T>> FromRequestParts<S> for SessionManager<T> {
    type Rejection = SessionRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        manager(parts, state).await
    }
}

async fn manager<T: Session, S: HasSession<T>>(
    parts: &Parts,
    state: &S,
) -> Result<SessionManager<T>, SessionRejection> {
    match unread::<T, S>(parts, state).and_then(|manager| Ok((manager.read_now(&parts.headers)?, manager))) {
        Ok((true, manager)) => Ok(manager),
        Ok((false, manager)) => wait(parts, manager).await,
        Err(error) => Err(reject::<T>(parts, error)),
    }
}

fn unread<T: Session, S: HasSession<T>>(parts: &Parts, state: &S) -> Result<SessionManager<T>, Error> {
    SessionManager::unread(context(parts)?, state.handle())
}

async fn wait<T: Session>(
    parts: &Parts,
    manager: SessionManager<T>,
) -> Result<SessionManager<T>, SessionRejection> {
    // In a box, since it is seldom and large, and a handler's future is moved with everything that may be in it.
    Box::pin(manager.wait(&parts.headers)).await.map_err(|error| reject::<T>(parts, error))
}

fn context(parts: &Parts) -> Result<&Context, Error> {
    parts.extensions.get().ok_or(Error::new(ErrorKind::NotInstalled, ""))
}

fn reject<T: Session>(parts: &Parts, error: Error) -> SessionRejection {
    let session = T::SPEC.type_name;
    match error.kind() {
        ErrorKind::NotInstalled => tracing::error!(
            session,
            path = matched_path(parts),
            "this route is outside the router that `unjwt::install` returned: add it inside the closure"
        ),
        // What no reading and no hook has told.
        ErrorKind::CrossSite | ErrorKind::Overloaded => {
            tracing::debug!(session, outcome = error.code(), reason = %error, "session not read");
        }
        _ => {}
    }
    SessionRejection::failed(session, error)
}

/// The route's pattern. Not the path itself: a magic link's token may be in it.
fn matched_path(parts: &Parts) -> &str {
    #[cfg(feature = "axum")]
    if let Some(path) = crate::integration::axum::matched_path(parts) {
        return path;
    }
    let _ = parts;
    "unknown"
}

fn take_data<T: Session, S: HasSession<T>>(
    parts: &Parts,
    state: &S,
) -> Result<FastRead<T>, SessionRejection> {
    let taken =
        context(parts).and_then(|context| fast_path::take_data(context, state.handle(), &parts.headers));
    taken.map_err(|error| reject::<T>(parts, error))
}

fn without<T: Session>(none: NoSession) -> SessionRejection {
    SessionRejection::without(T::SPEC.type_name, none)
}

/// The session, or 401.
async fn current<T: Session, S: HasSession<T>>(
    parts: &Parts,
    state: &S,
) -> Result<Current<T>, SessionRejection> {
    current_of(&manager::<T, S>(parts, state).await?)
}

fn current_of<T: Session>(manager: &SessionManager<T>) -> Result<Current<T>, SessionRejection> {
    manager.current().ok_or_else(|| without::<T>(manager.no_session()))
}

/// The session with its id, times and token; 401 without one. Take it as an `Option` where everybody may come in.
impl<T: Session, S: HasSession<T>> FromRequestParts<S> for Current<T> {
    type Rejection = SessionRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        current(parts, state).await
    }
}

impl<T: Session, S: HasSession<T>> OptionalFromRequestParts<S> for Current<T> {
    type Rejection = SessionRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Self::Rejection> {
        Ok(manager::<T, S>(parts, state).await?.current())
    }
}

/// The session's data, or 401.
pub(crate) async fn extract<T: Session, S: HasSession<T>>(
    parts: &mut Parts,
    state: &S,
) -> Result<T, SessionRejection> {
    let manager = match take_data(parts, state)? {
        FastRead::Data(data) => return Ok(data),
        FastRead::Nothing(none) => return Err(without::<T>(none)),
        FastRead::Slow => slow::<T, S>(parts, state).await?,
        FastRead::Unknown => manager::<T, S>(parts, state).await?,
    };
    Ok(T::__copy(&current_of(&manager)?.data))
}

/// The session's data, if there is a valid session.
pub(crate) async fn extract_optional<T: Session, S: HasSession<T>>(
    parts: &mut Parts,
    state: &S,
) -> Result<Option<T>, SessionRejection> {
    let manager = match take_data(parts, state)? {
        FastRead::Data(data) => return Ok(Some(data)),
        FastRead::Nothing(_) => return Ok(None),
        FastRead::Slow => slow::<T, S>(parts, state).await?,
        FastRead::Unknown => manager::<T, S>(parts, state).await?,
    };
    Ok(manager.current().map(|current| T::__copy(&current.data)))
}

async fn slow<T: Session, S: HasSession<T>>(
    parts: &Parts,
    state: &S,
) -> Result<SessionManager<T>, SessionRejection> {
    match unread::<T, S>(parts, state) {
        Ok(manager) => wait(parts, manager).await,
        Err(error) => Err(reject::<T>(parts, error)),
    }
}

/// Runs the handler whatever is out: no hook runs before [`clear`](Logout::clear).
impl<T: Session, S: HasSession<T>> FromRequestParts<S> for Logout<T> {
    type Rejection = SessionRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let opened = async { Logout::open(context(parts)?, state.handle(), &parts.headers).await };
        opened.await.map_err(|error| reject::<T>(parts, error))
    }
}

impl IntoResponse for SessionRejection {
    fn into_response(self) -> Response {
        // Of a token that its checks refused, the reading has told.
        if self.kind() != RejectionKind::Rejected || self.error().kind() == ErrorKind::Refused {
            loud::answered(self.session(), self.status(), self.error());
        }
        let mut response = respond(self.status());
        response.extensions_mut().insert(self);
        response
    }
}

/// A write that failed, or a token that is not a session, as the answer of a handler: 401 where there is no session, 403 for
/// a request of another origin, 413 where the session does not fit the cookies, 503 with `Retry-After` under load or in an
/// outage, else 500 or the status that the failed hook chose. Without detail; the response's extensions hold the error.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = status::status_of(&self);
        loud::answered("a session", status, &self);
        let mut response = respond(status);
        response.extensions_mut().insert(self);
        response
    }
}

fn respond(status: http::StatusCode) -> Response {
    let mut response = status.into_response();
    status::complete(status, response.headers_mut());
    response
}
