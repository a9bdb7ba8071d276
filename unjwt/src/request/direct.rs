//! A session's tokens at work on the sessions of a request: for services without a router.

use std::sync::Arc;

use super::context::Context;
use super::hooks::Session;
use super::manager::SessionManager;
use super::request_context::RequestContext;
use super::write::{Edit, PendingWrite};
use crate::error::Error;
use crate::session::current::{CompactToken, Current};
use crate::session::operation::Operation;
use crate::session::tokens::Tokens;
use crate::session::{ProvidesState, Writable};

impl<T: Session> Tokens<T> {
    /// The request's session, for all that can be done with it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Overloaded`](crate::ErrorKind::Overloaded), [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable), or
    /// [`ErrorKind::Hook`](crate::ErrorKind::Hook) when a hook failed. A token that is refused is no error: the
    /// manager's [`status`](SessionManager::status) tells.
    pub async fn manager<S>(&self, context: &RequestContext<S>) -> Result<SessionManager<T>, Error>
    where
        S: ProvidesState<T::State>,
    {
        self.open_in(context.context::<T>()).await
    }

    /// The request's session, if it has a valid one. Writes nothing.
    ///
    /// # Errors
    ///
    /// As [`manager`](Self::manager).
    pub async fn get<S>(&self, context: &RequestContext<S>) -> Result<Option<Current<T>>, Error>
    where
        S: ProvidesState<T::State>,
    {
        Ok(self.manager(context).await?.current())
    }

    /// The token of the request's session, if it is valid: the request's own, or the one that a write made since.
    ///
    /// # Errors
    ///
    /// As [`manager`](Self::manager).
    pub async fn token<S>(&self, context: &RequestContext<S>) -> Result<Option<CompactToken>, Error>
    where
        S: ProvidesState<T::State>,
    {
        Ok(self.get(context).await?.map(|current| current.token))
    }

    /// Begins a session with this data, or replaces the one that is there.
    ///
    /// # Errors
    ///
    /// As [`SessionManager::replace`].
    pub fn replace<S>(&self, context: &RequestContext<S>, data: T) -> PendingWrite<'_, T>
    where
        S: ProvidesState<T::State>,
        T: Writable,
    {
        PendingWrite::of_request(self, context.context::<T>().clone(), Edit::Replace(Arc::new(data)))
    }

    /// Merges the patch into the request's session, or begins one.
    ///
    /// # Errors
    ///
    /// As [`SessionManager::update`].
    pub fn update<S>(&self, context: &RequestContext<S>, patch: T::Patch) -> PendingWrite<'_, T>
    where
        S: ProvidesState<T::State>,
        T: Writable,
    {
        PendingWrite::of_request(self, context.context::<T>().clone(), Edit::Merge(patch))
    }

    /// Ends the request's session.
    ///
    /// # Errors
    ///
    /// As [`SessionManager::clear`].
    pub fn clear<S>(&self, context: &RequestContext<S>) -> Operation<'_, ()>
    where
        S: ProvidesState<T::State>,
        T: Writable,
    {
        let context = context.context::<T>().clone();
        Operation::new(async move { self.open_in(&context).await?.clear().await })
    }

    /// Opens a token that came another way than in the session's cookie or header, under the session's own rules: its hooks
    /// run, as for a token of the request. For the refresh end point of a program, or a WebSocket's subprotocol.
    ///
    /// The manager is the session of that token and of nothing else in the request. What it writes makes a new token, in
    /// [`Current::token`], and sets no cookie.
    ///
    /// # Errors
    ///
    /// Why the token is not a session; else as [`manager`](Self::manager).
    pub fn open<'a, S>(
        &'a self,
        token: &'a str,
        context: &'a RequestContext<S>,
    ) -> Operation<'a, SessionManager<T>>
    where
        S: ProvidesState<T::State>,
    {
        Operation::new(SessionManager::open_token(context.context::<T>(), self, token))
    }

    async fn open_in(&self, context: &Context) -> Result<SessionManager<T>, Error> {
        SessionManager::open(context, self).await
    }
}
