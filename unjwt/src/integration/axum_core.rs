//! Sessions as arguments of axum's handlers. Depends on axum-core alone, which changes less often than axum.

// Generated code refers to these through this crate.
use axum_core::body::Body;
pub use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;

use crate::error::{Error, ErrorKind};
use crate::http::parts;
use crate::http::rejection::{self, RejectionKind, SessionRejection};
use crate::http::status;
use crate::request::hooks::Session;
use crate::request::logout::Logout;
use crate::request::loud;
use crate::request::manager::SessionManager;
use crate::request::read::fast_path::{self, FastRead};
use crate::request::status::NoSession;
use crate::session::current::Current;
use crate::session::handle::HasSession;

/// Does not reject requests without a session: use [`current`](SessionManager::current) or
/// [`require`](SessionManager::require). If a hook fails, the response has its status.
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
    parts::manager(parts, state.handle()).await.map_err(|error| reject::<T>(parts, error))
}

pub(super) fn reject<T: Session>(parts: &Parts, error: Error) -> SessionRejection {
    rejection::log::<T>(&error, matched_path(parts));
    SessionRejection::failed(T::SPEC.type_name, error)
}

/// Returns the route's pattern, if axum stored it, and never the path itself, which may contain secrets such
/// as the token of a magic link.
fn matched_path(parts: &Parts) -> Option<&str> {
    #[cfg(feature = "matched-path")]
    return crate::integration::axum::matched_path(parts);
    #[cfg(not(feature = "matched-path"))]
    {
        let _ = parts;
        None
    }
}

fn take_data<T: Session, S: HasSession<T>>(
    parts: &Parts,
    state: &S,
) -> Result<FastRead<T>, SessionRejection> {
    let taken = parts::context(parts)
        .and_then(|context| fast_path::take_data(context, state.handle(), &parts.uri, &parts.headers));
    taken.map_err(|error| reject::<T>(parts, error))
}

fn without<T: Session>(none: NoSession) -> SessionRejection {
    SessionRejection::without(T::SPEC.type_name, none)
}

/// Returns the session, or a rejection with 401.
pub(super) async fn current<T: Session, S: HasSession<T>>(
    parts: &Parts,
    state: &S,
) -> Result<Current<T>, SessionRejection> {
    current_of(&manager::<T, S>(parts, state).await?)
}

fn current_of<T: Session>(manager: &SessionManager<T>) -> Result<Current<T>, SessionRejection> {
    manager.current().ok_or_else(|| without::<T>(manager.no_session()))
}

/// The session with its id, times and token; 401 without one. Extract an `Option` if the session is not
/// required.
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

/// Returns the session's data, or a rejection with 401.
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

/// Returns the session's data, if there is a valid session.
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
    parts::waiting(parts, state.handle()).await.map_err(|error| reject::<T>(parts, error))
}

/// Runs the handler even during an outage: no hook runs before [`clear`](Logout::clear).
impl<T: Session, S: HasSession<T>> FromRequestParts<S> for Logout<T> {
    type Rejection = SessionRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        parts::logout(parts, state.handle()).await.map_err(|error| reject::<T>(parts, error))
    }
}

impl IntoResponse for SessionRejection {
    fn into_response(self) -> Response {
        // A token that its checks refused was already reported by the reading.
        if self.kind() != RejectionKind::Rejected || self.error().kind() == ErrorKind::Refused {
            loud::answered(self.session(), self.status(), self.error());
        }
        let mut response = respond(self.status(), self.error());
        response.extensions_mut().insert(self);
        response
    }
}

/// The response of a handler to a failed write or a refused token: 401 if there is no session, 403 for a
/// request of another origin, 413 if the session does not fit the cookies, 503 with `Retry-After` under load
/// or during an outage, otherwise 500 or the status that the failed hook chose. The response contains no
/// detail; its extensions hold the error.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.status();
        loud::answered(self.session().unwrap_or("a session"), status, &self);
        let mut response = respond(status, &self);
        response.extensions_mut().insert(self);
        response
    }
}

fn respond(status: http::StatusCode, error: &Error) -> Response {
    status::response(status, error).map(|()| Body::empty())
}
