//! Methods of [`Tokens`] on the sessions of a request, for services without a router.

use std::sync::Arc;

use http::HeaderMap;

use super::context::Context;
use super::hooks::Session;
use super::logout::Logout;
use super::manager::SessionManager;
use super::pending_write::PendingWrite;
use super::request_context::RequestContext;
use super::write::Edit;
use crate::error::Error;
use crate::session::current::{CompactToken, Current};
use crate::session::operation::Operation;
use crate::session::tokens::Tokens;
use crate::session::{ProvidesState, Writable};

impl<T: Session> Tokens<T> {
    /// Returns the manager of the request's session.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Overloaded`](crate::ErrorKind::Overloaded),
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable), or
    /// [`ErrorKind::Hook`](crate::ErrorKind::Hook) if a hook failed. A refused token is not an error: see the
    /// manager's [`status`](SessionManager::status).
    pub async fn manager<S>(&self, context: &RequestContext<S>) -> Result<SessionManager<T>, Error>
    where
        S: ProvidesState<T::State>,
    {
        self.open_in(context.context::<T>()).await
    }

    /// Returns the request's session, if it has a valid one. Writes nothing.
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

    /// Returns the token of the request's session, if it is valid: the request's own, or the one of a later
    /// write.
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

    /// Begins a session with this data, or replaces the existing one.
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

    /// Ends the request's session, which it reads first: see [`logout`](Self::logout) for one that works during an outage.
    ///
    /// # Errors
    ///
    /// As [`manager`](Self::manager) and [`SessionManager::clear`].
    pub fn clear<S>(&self, context: &RequestContext<S>) -> Operation<'_, ()>
    where
        S: ProvidesState<T::State>,
        T: Writable,
    {
        let context = context.context::<T>().clone();
        Operation::new(async move { self.open_in(&context).await?.clear().await })
    }

    /// Returns the request's session to be ended, without reading it: see [`Logout`].
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use unjwt::{RequestContext, Session, Tokens};
    /// # #[derive(Clone, Serialize, Deserialize, Session)]
    /// # #[session(jwe, name = "sid", max_age = "7D", revocable)]
    /// # struct Login { user: u64 }
    /// async fn log_out(logins: &Tokens<Login>, context: &RequestContext) -> Result<(), unjwt::Error> {
    ///     logins.logout(context).await?.clear().await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::CrossSite`](crate::ErrorKind::CrossSite).
    pub async fn logout<S>(&self, context: &RequestContext<S>) -> Result<Logout<T>, Error>
    where
        S: ProvidesState<T::State>,
    {
        let (context, none) = (context.context::<T>(), HeaderMap::new());
        Logout::open(context, self, context.headers().unwrap_or(&none)).await
    }

    /// Opens a token that did not come in the session's cookie or header, under the session's own rules: its
    /// hooks run, as for a token of the request. Useful for a refresh endpoint, or a WebSocket's subprotocol.
    ///
    /// The manager is bound to that token alone, not to the request's own session. A write makes a new token,
    /// in [`Current::token`], and sets no cookie.
    ///
    /// # Errors
    ///
    /// The reason why the token is not a session; otherwise as [`manager`](Self::manager).
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
