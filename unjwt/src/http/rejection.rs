//! Rejections of a session's extractors.

use std::fmt;

use http::StatusCode;

use crate::error::{Error, ErrorKind};
#[cfg(feature = "axum-core")]
use crate::request::status::NoSession;
use crate::request::status::Status;
#[cfg(any(feature = "axum-core", feature = "tower"))]
use crate::session::SessionType;

/// The reason why an extractor of a session rejected a request.
///
/// As a response: 401 with `WWW-Authenticate` and no detail, regardless of what was wrong with the token.
/// Extract `Result<T, SessionRejection>` in a handler to respond differently, for example with a redirect to
/// the login, and check [`needs_sign_in`](Self::needs_sign_in) first, since a login does not help
/// during an outage.
///
/// More detail is available to the developer: [`error`](Self::error) returns the reason, the response carries
/// this rejection in its [extensions](http::Extensions) for middleware to log, and `unjwt::refused` explains
/// the causes of each code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRejection {
    session: &'static str,
    kind: RejectionKind,
    status: StatusCode,
    error: Error,
}

/// The kinds of [`SessionRejection`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectionKind {
    /// The request brought no token. 401.
    Absent,
    /// The token was valid and has expired. 401.
    Expired,
    /// The token was refused, by its checks or by `on_read`, or its login was ended. 401.
    Rejected,
    /// The session is valid, but its user signed in too long ago: see [`Fresh`](crate::Fresh). 401 with the challenge
    /// of RFC 9470.
    NotFresh,
    /// The session is valid, but not bound to a device, which `RequireBound` of the feature `dbsc` asks for. 403.
    NotBound,
    /// The user has as many logins as the session allows. 409.
    TooManyLogins,
    /// The session was ended earlier in this request. 401.
    Cleared,
    /// A page of another origin sent the request, which may change something, with the visitor's
    /// cookies. 403.
    CrossSite,
    /// A hook failed. 500, or the status of its [`HookError`](crate::hooks::HookError).
    Hook,
    /// Too many slow key operations are waiting. 503 with `Retry-After`.
    Overloaded,
    /// Something that the session depends on is unavailable. 503 with `Retry-After`.
    Unavailable,
    /// The service is at fault: a key that `key_lookup` found cannot be used, for example. 500.
    Internal,
    /// The route is outside the router that [`install`](crate::install) returned. 500, logged with the
    /// session's name.
    NotInstalled,
}

impl From<Status> for RejectionKind {
    fn from(status: Status) -> Self {
        match status {
            // A session that was valid and is gone when it is taken counts as absent.
            Status::Valid | Status::Absent => Self::Absent,
            Status::Expired => Self::Expired,
            Status::Rejected => Self::Rejected,
            Status::Cleared => Self::Cleared,
        }
    }
}

impl From<ErrorKind> for RejectionKind {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Overloaded => Self::Overloaded,
            ErrorKind::Unavailable | ErrorKind::NewerVersion => Self::Unavailable,
            ErrorKind::CrossSite => Self::CrossSite,
            ErrorKind::NotInstalled => Self::NotInstalled,
            ErrorKind::Hook => Self::Hook,
            ErrorKind::Expired => Self::Expired,
            ErrorKind::NotFresh => Self::NotFresh,
            ErrorKind::NotBound => Self::NotBound,
            ErrorKind::TooManyLogins => Self::TooManyLogins,
            ErrorKind::NoSession | ErrorKind::MissingField => Self::Absent,
            ErrorKind::NotYetValid
            | ErrorKind::ClaimInvalid
            | ErrorKind::ClaimMissing
            | ErrorKind::PayloadInvalid
            | ErrorKind::VersionDropped
            | ErrorKind::JwsInvalid
            | ErrorKind::JwsSignatureInvalid
            | ErrorKind::JwsAlgorithmNotAllowed
            | ErrorKind::JweInvalid
            | ErrorKind::JweDecryptionFailed
            | ErrorKind::JweAlgorithmNotAllowed
            | ErrorKind::JweEncryptionNotAllowed
            | ErrorKind::KeyNotFound
            | ErrorKind::ChunksIncomplete
            | ErrorKind::Ended
            | ErrorKind::Reused
            | ErrorKind::Refused => Self::Rejected,
            ErrorKind::KeyUnusable
            | ErrorKind::TooLarge
            | ErrorKind::Unserializable
            | ErrorKind::Conflict
            | ErrorKind::ResponseSent
            | ErrorKind::MigrationFailed
            | ErrorKind::Crypto => Self::Internal,
        }
    }
}

/// Logs an error that no reading and no hook has logged. `path` is the pattern of the route, never the path itself.
#[cfg(any(feature = "axum-core", feature = "tower"))]
pub(crate) fn log<T: SessionType>(error: &Error, path: Option<&str>) {
    let session = T::SPEC.type_name;
    match error.kind() {
        ErrorKind::NotInstalled => tracing::error!(
            session,
            path,
            "this route is outside the router that `unjwt::install` returned: add it inside the closure"
        ),
        ErrorKind::CrossSite | ErrorKind::Overloaded => {
            tracing::debug!(session, outcome = error.code(), reason = %error, "session not read");
        }
        _ => {}
    }
}

impl SessionRejection {
    /// Creates the rejection of a request without a session of this type.
    #[cfg(feature = "axum-core")]
    pub(crate) fn without(session: &'static str, NoSession { status, reason }: NoSession) -> Self {
        const NONE: Error = Error::new(ErrorKind::NoSession, "");
        Self { session, kind: status.into(), status: StatusCode::UNAUTHORIZED, error: reason.unwrap_or(NONE) }
    }

    /// Creates the rejection for a failed reading of this session.
    #[cfg(feature = "axum-core")]
    pub(crate) fn failed(session: &'static str, error: Error) -> Self {
        Self { session, kind: error.kind().into(), status: error.status(), error }
    }

    /// Returns `true` if a sign-in helps: the request has no valid session, or its user signed in too long ago for
    /// [`Fresh`](crate::Fresh), which is a 401 either way. `false` for an outage and for whatever else a form would not change.
    pub fn needs_sign_in(&self) -> bool {
        match self.kind {
            RejectionKind::Absent
            | RejectionKind::Expired
            | RejectionKind::Rejected
            | RejectionKind::Cleared
            | RejectionKind::NotFresh => true,
            // A hook that failed with 401 does not mean that the session is missing.
            RejectionKind::Hook
            | RejectionKind::NotBound
            | RejectionKind::TooManyLogins
            | RejectionKind::CrossSite
            | RejectionKind::Overloaded
            | RejectionKind::Unavailable
            | RejectionKind::Internal
            | RejectionKind::NotInstalled => false,
        }
    }

    /// Returns the name of the session's type.
    pub fn session(&self) -> &'static str {
        self.session
    }

    /// Returns the kind of this rejection.
    pub fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// Returns the underlying error, with its kind, its code and the reason, down to the member of a payload
    /// that does not fit its struct. It is meant for the developer's log, not for the client, and contains no
    /// token, claim value or key.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// Returns the status of the response.
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
            RejectionKind::NotFresh => "the user has to sign in again",
            RejectionKind::NotBound => "the session is not bound to the browser's device",
            RejectionKind::TooManyLogins => "there are too many logins of this user",
            RejectionKind::CrossSite => "the request comes from another origin",
            RejectionKind::Hook => "a session hook failed",
            RejectionKind::Overloaded => "too many slow key operations are waiting",
            RejectionKind::Unavailable => "the session cannot be checked now",
            RejectionKind::Internal => "the service failed",
            RejectionKind::NotInstalled => "the route is outside the router that `install` returned",
        })
    }
}

impl std::error::Error for SessionRejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}
