//! Sessions as arguments of handlers.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::rejection::{RejectionKind, SessionRejection};
use crate::error::{Error, ErrorKind};
use crate::lifecycle::context::Context;
use crate::lifecycle::current::Status;
use crate::lifecycle::manager::SessionManager;
use crate::session::Session;
use crate::session::handle::HasSession;

/// Never refuses a visitor: ask [`current`](SessionManager::current).
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
    const OUTSIDE: Error = Error::new(ErrorKind::NotInstalled, "");
    let opened = match parts.extensions.get::<Context>() {
        Some(context) => SessionManager::open(context, state.handle(), None, Some(&parts.headers)).await,
        None => Err(OUTSIDE),
    };
    opened.map_err(|error| {
        if error.kind() == ErrorKind::NotInstalled {
            tracing::error!(
                session = T::SPEC.type_name,
                path = parts.uri.path(),
                "this route is outside the router that `unjwt::install` returned: add it inside the closure"
            );
        }
        SessionRejection::from_error(&error)
    })
}

/// The session's data, or 401.
pub async fn extract<T: Session, S: HasSession<T>>(parts: &mut Parts, state: &S) -> Result<T, SessionRejection> {
    let manager = manager::<T, S>(parts, state).await?;
    match manager.current() {
        Some(current) => Ok(T::clone(&current.data)),
        None => Err(SessionRejection::new(match manager.status() {
            Status::Valid | Status::Absent => RejectionKind::Absent,
            Status::Expired => RejectionKind::Expired,
            Status::Rejected => RejectionKind::Rejected,
            Status::Cleared => RejectionKind::Cleared,
        })),
    }
}

/// The session's data, if there is a valid session.
pub async fn extract_optional<T: Session, S: HasSession<T>>(
    parts: &mut Parts,
    state: &S,
) -> Result<Option<T>, SessionRejection> {
    let manager = manager::<T, S>(parts, state).await?;
    Ok(manager.current().map(|current| T::clone(&current.data)))
}
