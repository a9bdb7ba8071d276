//! The session handles in a router's state.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::SessionType;
use super::tokens::Tokens;

/// A proof that a session is installed, to be stored in the application's state.
///
/// Only [`install`](crate::install) and [`build`](crate::build) create one. It dereferences to the session's
/// [`Tokens`].
pub struct SessionHandle<T: SessionType>(Tokens<T>);

impl<T: SessionType> SessionHandle<T> {
    pub(crate) fn new(tokens: Tokens<T>) -> Self {
        Self(tokens)
    }
}

impl<T: SessionType> Clone for SessionHandle<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: SessionType> Deref for SessionHandle<T> {
    type Target = Tokens<T>;

    fn deref(&self) -> &Tokens<T> {
        &self.0
    }
}

impl<T: SessionType> fmt::Debug for SessionHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionHandle<{}>", T::SPEC.type_name)
    }
}

/// A state that holds the handle of a session. `#[derive(SessionState)]` implements it for every handle of a
/// struct.
#[diagnostic::on_unimplemented(
    message = "the router's state `{Self}` holds no `SessionHandle<{T}>`",
    label = "no handle of this session",
    note = "write `#[derive(SessionState)]` on the state, and a field `SessionHandle<{T}>` in it",
    note = "if one of its fields holds the handle: `impl HasSession<{T}> for {Self} {{ fn handle(&self) -> &SessionHandle<{T}> {{ &self.0.handle }} }}`"
)]
pub trait HasSession<T: SessionType>: Send + Sync {
    /// Returns the session's handle.
    fn handle(&self) -> &SessionHandle<T>;
}

#[diagnostic::do_not_recommend]
impl<T: SessionType, S: HasSession<T>> HasSession<T> for Arc<S> {
    fn handle(&self) -> &SessionHandle<T> {
        S::handle(self)
    }
}

/// A state that hooks receive, and that holds the handle of another session.
#[diagnostic::on_unimplemented(
    message = "the hooks' state `{Self}` holds no `SessionHandle<{T}>`",
    label = "a session that the hooks of this one cannot reach",
    note = "write `state = Arc<App>` in this session's `#[session(..)]`: the router's state, in which the hook finds the handle of `{T}`"
)]
pub trait ReachesSession<T: SessionType>: HasSession<T> {}

#[diagnostic::do_not_recommend]
impl<T: SessionType, S: HasSession<T>> ReachesSession<T> for S {}

/// With a single session, the handle itself can be the router's state.
impl<T: SessionType> HasSession<T> for SessionHandle<T> {
    fn handle(&self) -> &SessionHandle<T> {
        self
    }
}
