//! Sessions as arguments of handlers.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;

use super::rejection::{RejectionKind, SessionRejection};
use crate::error::{Error, ErrorKind};
use crate::lifecycle::context::Context;
use crate::lifecycle::current::{Current, Status};
use crate::lifecycle::manager::SessionManager;
use crate::lifecycle::read::{self, Taken};
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
    match unread::<T, S>(parts, state).and_then(|manager| Ok((manager.read_now(&parts.headers)?, manager))) {
        Ok((true, manager)) => Ok(manager),
        Ok((false, manager)) => wait(parts, manager).await,
        Err(error) => Err(reject::<T>(parts, &error)),
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
    Box::pin(manager.wait(&parts.headers)).await.map_err(|error| reject::<T>(parts, &error))
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
    let taken = context(parts).and_then(|context| read::take_data(context, state.handle(), &parts.headers));
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
    current_of(&manager::<T, S>(parts, state).await?)
}

fn current_of<T: Session>(manager: &SessionManager<T>) -> Result<Current<T>, SessionRejection> {
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
    let manager = match take_data(parts, state)? {
        Taken::Data(data) => return Ok(data),
        Taken::Nothing(status) => return Err(without(status)),
        Taken::Slow => slow::<T, S>(parts, state).await?,
        Taken::Unknown => manager::<T, S>(parts, state).await?,
    };
    Ok(T::__copy(&current_of(&manager)?.data))
}

/// The session's data, if there is a valid session.
pub(crate) async fn extract_optional<T: Session, S: HasSession<T>>(
    parts: &mut Parts,
    state: &S,
) -> Result<Option<T>, SessionRejection> {
    let manager = match take_data(parts, state)? {
        Taken::Data(data) => return Ok(Some(data)),
        Taken::Nothing(_) => return Ok(None),
        Taken::Slow => slow::<T, S>(parts, state).await?,
        Taken::Unknown => manager::<T, S>(parts, state).await?,
    };
    Ok(manager.current().map(|current| T::__copy(&current.data)))
}

async fn slow<T: Session, S: HasSession<T>>(
    parts: &Parts,
    state: &S,
) -> Result<SessionManager<T>, SessionRejection> {
    match unread::<T, S>(parts, state) {
        Ok(manager) => wait(parts, manager).await,
        Err(error) => Err(reject::<T>(parts, &error)),
    }
}
