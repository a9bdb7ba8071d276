//! Sessions as arguments of handlers.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;

use super::rejection::{RejectionKind, SessionRejection};
use crate::error::{Error, ErrorKind};
use crate::lifecycle::context::Context;
use crate::lifecycle::current::{Current, Status};
use crate::lifecycle::manager::SessionManager;
use crate::lifecycle::read::Taken;
use crate::session::Session;
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
    let opened = context(parts).and_then(|context| {
        let manager = SessionManager::open_now(context, state.handle(), &parts.headers)?;
        Ok((context, manager))
    });
    let opened = match opened {
        Ok((_, Some(manager))) => Ok(manager),
        // In a box, since it is seldom and large, and a handler's future is moved with everything that may be in it.
        Ok((context, None)) => {
            Box::pin(SessionManager::open(context, state.handle(), None, Some(&parts.headers))).await
        }
        Err(error) => Err(error),
    };
    opened.map_err(|error| reject::<T>(parts, &error))
}

fn context(parts: &Parts) -> Result<&Context, Error> {
    parts.extensions.get().ok_or(Error::new(ErrorKind::NotInstalled, ""))
}

fn reject<T: Session>(parts: &Parts, error: &Error) -> SessionRejection {
    if error.kind() == ErrorKind::NotInstalled {
        tracing::error!(
            session = T::SPEC.type_name,
            path = parts.uri.path(),
            "this route is outside the router that `unjwt::install` returned: add it inside the closure"
        );
    }
    SessionRejection::from_error(error)
}

fn take_data<T: Session, S: HasSession<T>>(parts: &Parts, state: &S) -> Result<Taken<T>, SessionRejection> {
    let taken =
        context(parts).and_then(|context| SessionManager::take_data(context, state.handle(), &parts.headers));
    taken.map_err(|error| reject::<T>(parts, &error))
}

/// The answer to a request without a session.
fn without(status: Status) -> SessionRejection {
    SessionRejection::new(match status {
        Status::Valid | Status::Absent => RejectionKind::Absent,
        Status::Expired => RejectionKind::Expired,
        Status::Rejected => RejectionKind::Rejected,
        Status::Cleared => RejectionKind::Cleared,
    })
}

/// The session, or 401.
async fn current<T: Session, S: HasSession<T>>(
    parts: &Parts,
    state: &S,
) -> Result<Current<T>, SessionRejection> {
    let manager = manager::<T, S>(parts, state).await?;
    manager.current().ok_or_else(|| without(manager.status()))
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
    match take_data(parts, state)? {
        Taken::Data(data) => Ok(data),
        Taken::Nothing(status) => Err(without(status)),
        Taken::Unknown => Ok(T::__copy(&current::<T, S>(parts, state).await?.data)),
    }
}

/// The session's data, if there is a valid session.
pub(crate) async fn extract_optional<T: Session, S: HasSession<T>>(
    parts: &mut Parts,
    state: &S,
) -> Result<Option<T>, SessionRejection> {
    match take_data(parts, state)? {
        Taken::Data(data) => Ok(Some(data)),
        Taken::Nothing(_) => Ok(None),
        Taken::Unknown => {
            Ok(manager::<T, S>(parts, state).await?.current().map(|current| T::__copy(&current.data)))
        }
    }
}
