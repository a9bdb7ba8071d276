//! The state of a session in a request, without its data.

#[cfg(feature = "axum-core")]
use crate::error::Error;

/// The state of a session in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// The request brought no token.
    Absent,
    /// There is a valid session.
    Valid,
    /// The request's token was valid and has expired, or the session has expired since.
    Expired,
    /// The request's token was refused, by its checks or by a hook.
    Rejected,
    /// The session was ended in this request.
    Cleared,
}

/// The status of a request without a session, and the reason, if the request brought a token.
#[cfg(feature = "axum-core")]
#[derive(Clone, Debug)]
pub(crate) struct NoSession {
    pub(crate) status: Status,
    pub(crate) reason: Option<Error>,
}
