//! The handle that a router's state holds.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::Session;
use super::tokens::Tokens;

/// Proof that a session is installed; a field of the application's state.
///
/// Only [`install`](crate::install) and [`link`](crate::link) make one. It dereferences to the session's [`Tokens`].
pub struct SessionHandle<T: Session>(Tokens<T>);

impl<T: Session> SessionHandle<T> {
    pub(crate) fn new(tokens: Tokens<T>) -> Self {
        Self(tokens)
    }
}

impl<T: Session> Clone for SessionHandle<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Session> Deref for SessionHandle<T> {
    type Target = Tokens<T>;

    fn deref(&self) -> &Tokens<T> {
        &self.0
    }
}

impl<T: Session> fmt::Debug for SessionHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionHandle<{}>", T::SPEC.type_name)
    }
}

/// A state that holds the handle of a session. `#[derive(SessionState)]` implements it for every handle of a struct.
#[diagnostic::on_unimplemented(
    message = "the router's state `{Self}` holds no `SessionHandle<{T}>`",
    label = "no handle of this session",
    note = "write `#[derive(SessionState)]` on the state, and a field `SessionHandle<{T}>` in it"
)]
pub trait HasSession<T: Session>: Send + Sync {
    /// The session's handle.
    fn handle(&self) -> &SessionHandle<T>;
}

#[diagnostic::do_not_recommend]
impl<T: Session, S: HasSession<T>> HasSession<T> for Arc<S> {
    fn handle(&self) -> &SessionHandle<T> {
        S::handle(self)
    }
}

/// A service with one session needs no state of its own.
impl<T: Session> HasSession<T> for SessionHandle<T> {
    fn handle(&self) -> &SessionHandle<T> {
        self
    }
}
