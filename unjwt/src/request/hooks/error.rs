//! The error of a hook.

use std::error::Error as StdError;
use std::fmt;

use http::StatusCode;

use crate::error::{Error, ErrorKind};

/// The result of a hook.
pub type HookResult = Result<(), HookError>;

/// The failure of a hook: any error, converted by `?`, and the status of the response.
///
/// The status is 500 unless [`with_status`](Self::with_status) sets another. The error is logged and never
/// sent.
pub struct HookError {
    status: StatusCode,
    source: Box<dyn StdError + Send + Sync>,
}

impl HookError {
    /// Creates an error with a message.
    pub fn new(message: impl Into<String>) -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, source: message.into().into() }
    }

    /// Creates an error for an outage: a database or another service that the hook depends on is unavailable.
    /// The response is 503 with `Retry-After`, so that it is not mistaken for "not signed in", and the kind
    /// of the error is [`ErrorKind::Unavailable`].
    pub fn unavailable(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, source: Box::new(Outage(source.into())) }
    }

    /// Sets the status of the response.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Returns the status of the response.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn into_error(self) -> Error {
        if self.source.is::<Outage>() {
            return Error::new(ErrorKind::Unavailable, "");
        }
        match self.source.downcast_ref::<Error>() {
            Some(error) if passes(error.kind()) => error.clone(),
            _ => Error::hook(self.status),
        }
    }
}

/// Returns whether an error of this kind passes through a hook unchanged, since the hook itself did not fail.
fn passes(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Overloaded
            | ErrorKind::Unavailable
            | ErrorKind::NewerVersion
            | ErrorKind::CrossSite
            | ErrorKind::NotInstalled
    )
}

/// A dependency of a hook is unavailable.
#[derive(Debug)]
struct Outage(Box<dyn StdError + Send + Sync>);

impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Outage {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}

/// 500, except for load and outages (503), requests of other sites (403), and a failed hook of another
/// session, whose status is kept.
impl<E: StdError + Send + Sync + 'static> From<E> for HookError {
    fn from(error: E) -> Self {
        let source: Box<dyn StdError + Send + Sync> = Box::new(error);
        let status = match source.downcast_ref::<Error>() {
            Some(error) => match error.kind() {
                ErrorKind::Overloaded | ErrorKind::Unavailable | ErrorKind::NewerVersion => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
                ErrorKind::CrossSite => StatusCode::FORBIDDEN,
                _ => error.hook_status().unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            },
            None => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self { status, source }
    }
}

impl fmt::Display for HookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl fmt::Debug for HookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HookError({}: {:?})", self.status.as_u16(), self.source)
    }
}
