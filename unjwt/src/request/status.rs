//! The state of a session in a request, in one word.

#[cfg(feature = "axum-core")]
use crate::error::Error;

/// The state of a session in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// The request brought no token.
    Absent,
    /// There is a session.
    Valid,
    /// The request's token was good and has expired, or the session expired since.
    Expired,
    /// The request's token was refused, by its checks or by a hook.
    Rejected,
    /// The session was ended in this request.
    Cleared,
}

/// A request without a session, and why, where a token came.
#[cfg(feature = "axum-core")]
#[derive(Clone, Debug)]
pub(crate) struct NoSession {
    pub(crate) status: Status,
    pub(crate) reason: Option<Error>,
}
