//! What a client is told when there is no session for it.

use std::fmt;

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::error::{Error, ErrorKind};

/// Why an extractor of a session did not run the handler.
///
/// As a response: 401 with `WWW-Authenticate` and no detail, whatever was wrong with the token. Take
/// `Result<T, SessionRejection>` in a handler to answer otherwise, with a redirect to the login for example, and ask
/// [`is_unauthenticated`](Self::is_unauthenticated) first: a login does not help against an outage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRejection {
    kind: RejectionKind,
    status: StatusCode,
}

/// The kinds of [`SessionRejection`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectionKind {
    /// The request brought no token. 401.
    Absent,
    /// The token was good and has expired. 401.
    Expired,
    /// The token was refused, by its checks or by `on_read`. 401.
    Rejected,
    /// The session was ended earlier in this request. 401.
    Cleared,
    /// A hook failed. 500, or the status of its [`HookError`](crate::HookError).
    Hook,
    /// Too many password derivations are waiting. 503 with `Retry-After`.
    Overloaded,
    /// The route is outside the router that [`install`](crate::install) returned. 500, logged with the session's name.
    NotInstalled,
}

impl SessionRejection {
    pub(crate) fn new(kind: RejectionKind) -> Self {
        let status = match kind {
            RejectionKind::Absent
            | RejectionKind::Expired
            | RejectionKind::Rejected
            | RejectionKind::Cleared => StatusCode::UNAUTHORIZED,
            RejectionKind::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
            RejectionKind::Hook | RejectionKind::NotInstalled => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self { kind, status }
    }

    pub(crate) fn from_error(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Overloaded => Self::new(RejectionKind::Overloaded),
            ErrorKind::NotInstalled => Self::new(RejectionKind::NotInstalled),
            _ => Self { status: status_of(error), kind: RejectionKind::Hook },
        }
    }

    /// Whether there is simply no valid session (401), so that a login helps; false for an outage.
    pub fn is_unauthenticated(&self) -> bool {
        // A hook that failed with a 401 is no missing session.
        self.kind != RejectionKind::Hook && self.status == StatusCode::UNAUTHORIZED
    }

    /// Why.
    pub fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// The status of the response.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl fmt::Display for SessionRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            RejectionKind::Absent => "there is no session",
            RejectionKind::Expired => "the session has expired",
            RejectionKind::Rejected => "the session was refused",
            RejectionKind::Cleared => "the session was ended",
            RejectionKind::Hook => "a session hook failed",
            RejectionKind::Overloaded => "too many password derivations are waiting",
            RejectionKind::NotInstalled => "the route is outside the router that `install` returned",
        })
    }
}

impl std::error::Error for SessionRejection {}

impl IntoResponse for SessionRejection {
    fn into_response(self) -> Response {
        respond(self.status)
    }
}

/// A write that failed, as the answer of a handler: 401 where there is no session, 403 where the request comes from another
/// origin, 413 where it does not fit the cookies, 503 with `Retry-After` under load, else 500 or the status that the failed
/// hook chose. Without detail.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        respond(status_of(&self))
    }
}

fn status_of(error: &Error) -> StatusCode {
    match error.kind() {
        ErrorKind::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::CrossSite => StatusCode::FORBIDDEN,
        ErrorKind::Hook
        | ErrorKind::NotInstalled
        | ErrorKind::ResponseSent
        | ErrorKind::Unserializable
        | ErrorKind::KeyUnusable
        | ErrorKind::Crypto => error.hook_status().unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        // A token or a session that the client does not have.
        _ => StatusCode::UNAUTHORIZED,
    }
}

fn respond(status: StatusCode) -> Response {
    let mut response = status.into_response();
    if status == StatusCode::UNAUTHORIZED {
        // RFC 9110 §15.5.2 wants a challenge; RFC 6750 §3 wants no detail for a request without credentials.
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        // About as long as a full queue takes.
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("2"));
    }
    response
}
