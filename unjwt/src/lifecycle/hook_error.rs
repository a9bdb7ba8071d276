//! The error of a hook.

use std::error::Error as StdError;
use std::fmt;

use http::StatusCode;

use crate::error::{Error, ErrorKind};

/// What a hook returns.
pub type HookResult = Result<(), HookError>;

/// Why a hook failed: any error, by `?`, and the status that answers the request.
///
/// The status is 500 unless [`with_status`](Self::with_status) sets another. The error is logged and never sent.
pub struct HookError {
    status: StatusCode,
    source: Box<dyn StdError + Send + Sync>,
}

impl HookError {
    /// An error with a message.
    pub fn new(message: impl Into<String>) -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, source: message.into().into() }
    }

    /// The same error, answered with this status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The status that answers the request.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn into_error(self) -> Error {
        match self.source.downcast_ref::<Error>() {
            Some(error) if error.kind() == ErrorKind::Overloaded => error.clone(),
            _ => Error::hook(self.status),
        }
    }
}

/// 500, except for load (503) and for a failed hook of another session, whose status is kept.
impl<E: StdError + Send + Sync + 'static> From<E> for HookError {
    fn from(error: E) -> Self {
        let source: Box<dyn StdError + Send + Sync> = Box::new(error);
        let status = match source.downcast_ref::<Error>() {
            Some(error) if error.kind() == ErrorKind::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
            Some(error) => error.hook_status().unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
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
