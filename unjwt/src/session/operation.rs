//! Operations that have not been awaited.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::Error;

/// An operation on a session or a token that has not been awaited. Nothing happens before that.
#[must_use = "nothing happens until it is awaited: write `.await?`"]
pub struct Operation<'a, T>(Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>);

impl<'a, T> Operation<'a, T> {
    // Boxed, because the type of an `async fn` repeats its bounds, so that `.await` would repeat the compile
    // error for a read-only session.
    pub(crate) fn new(work: impl Future<Output = Result<T, Error>> + Send + 'a) -> Self {
        Self(Box::pin(work))
    }
}

impl<T> Future for Operation<'_, T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl<T> fmt::Debug for Operation<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Operation(..)")
    }
}
