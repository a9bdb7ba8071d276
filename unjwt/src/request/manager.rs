//! The handle of handlers and hooks to the session of a request.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, LazyLock};

use http::HeaderMap;

use super::context::Context;
use super::hooks::Session;
use super::origin::Origin;
use super::pending_write::PendingWrite;
use super::slot::Slot;
use super::state::Viewer;
#[cfg(feature = "axum-core")]
use super::status::NoSession;
use super::status::Status;
use super::write::Edit;
use super::{end, read};
use crate::clock::NumericDate;
use crate::error::{Error, ErrorKind};
use crate::login::id::LoginId;
#[cfg(feature = "dbsc")]
use crate::session::DeviceBound;
use crate::session::current::{CompactToken, Current};
use crate::session::operation::Operation;
use crate::session::tokens::Tokens;
use crate::session::{HasAuthTime, Revocable, Writable};

/// The session of one request, to be read, written and ended.
///
/// An extractor that is cheap to clone. All clones and all extractions in one request, in handlers,
/// middleware and hooks, share one state. Extracting it reads the request's token and writes nothing; a
/// visitor without a session gets one only with the first write.
///
/// Until the reading of a session has succeeded, only the hooks of that reading see the session.
///
/// Writes in one request happen one after the other. A write that fails changes nothing and is reported to
/// `on_error`. Once the response's head has been sent, a write is an error: [`ErrorKind::ResponseSent`].
///
/// While a write can still be undone (because its `on_update` is running, or the reading whose hook made it),
/// only code that would be undone with it sees it, and an update by anybody else fails with
/// [`ErrorKind::Conflict`]. Such an update does not wait for the hook, since the hook may be waiting for it.
/// [`replace`](Self::replace) and [`clear`](Self::clear) do not depend on the previous data: they proceed,
/// and supersede earlier writes.
pub struct SessionManager<T: Session> {
    pub(super) context: Context,
    pub(super) slot: Arc<Slot<T>>,
    /// The readings and hooks in which this manager was handed out.
    pub(super) origin: Origin,
    /// `origin` and the hooks of writes: everything whose failure undoes writes made here.
    pub(super) undone_with: Origin,
    /// `true` inside `on_error`, whose own failures are not reported to it again.
    pub(super) in_error_hook: bool,
    /// The nesting depth of hooks of writes, limited so that hooks which trigger each other terminate.
    pub(super) depth: u8,
}

impl<T: Session> SessionManager<T> {
    /// Returns the manager of the request's session, reading the session if necessary.
    pub(super) async fn open(context: &Context, tokens: &Tokens<T>) -> Result<Self, Error> {
        let manager = Self::unread(context, tokens)?;
        read::ensure(&manager, None).await?;
        Ok(manager)
    }

    /// Returns the manager of the request's session without reading the session.
    pub(crate) fn unread(context: &Context, tokens: &Tokens<T>) -> Result<Self, Error> {
        Ok(Self::of_slot(context.clone(), context.slot(tokens)?))
    }

    /// Returns the manager of the session in a token that is not the request's own.
    pub(super) async fn open_token(
        context: &Context,
        tokens: &Tokens<T>,
        token: &str,
    ) -> Result<Self, Error> {
        let manager = Self::of_slot(context.clone(), context.slot_of_token(tokens, token)?);
        read::ensure(&manager, None).await?;
        match manager.current() {
            Some(_) => Ok(manager),
            None => Err(manager.slot.reason(&manager.viewer()).unwrap_or(NO_SESSION)),
        }
    }

    pub(super) fn of_slot(context: Context, slot: Arc<Slot<T>>) -> Self {
        Self {
            context,
            slot,
            origin: Origin::HANDLER,
            undone_with: Origin::HANDLER,
            in_error_hook: false,
            depth: 0,
        }
    }

    /// Reads the session if that needs no waiting, and returns whether it has been read.
    #[cfg(any(feature = "axum-core", feature = "tower"))]
    pub(crate) fn read_now(&self, live: &HeaderMap) -> Result<bool, Error> {
        if self.slot.tokens.is_linked() {
            // What is written later may concern the cookies of the sessions that belong together.
            self.context.keep_headers(live);
        }
        read::ensure_now(self, live)
    }

    /// Reads the session if [`read_now`](Self::read_now) could not.
    #[cfg(any(feature = "axum-core", feature = "tower"))]
    pub(crate) async fn wait(self, live: &HeaderMap) -> Result<Self, Error> {
        read::wait(&self, Some(live)).await?;
        Ok(self)
    }

    pub(super) async fn other<U: Session>(&self, tokens: &Tokens<U>) -> Result<SessionManager<U>, Error> {
        let manager = self.unread_other(tokens)?;
        read::ensure(&manager, None).await?;
        Ok(manager)
    }

    /// Returns the manager of another session, without reading it.
    pub(super) fn unread_other<U: Session>(&self, tokens: &Tokens<U>) -> Result<SessionManager<U>, Error> {
        let unread = SessionManager::unread(&self.context, tokens)?;
        let (origin, undone_with) = (self.origin.clone(), self.undone_with.clone());
        Ok(SessionManager { origin, undone_with, depth: self.depth, ..unread })
    }

    pub(super) fn viewer(&self) -> Viewer<'_> {
        Viewer { origin: &self.origin, within: &self.undone_with, waits: self.context.waits() }
    }

    /// Returns the reason why there is no session.
    #[cfg(feature = "axum-core")]
    pub(crate) fn no_session(&self) -> NoSession {
        NoSession { status: self.status(), reason: self.slot.reason(&self.viewer()) }
    }

    /// Returns whether the session has expired by now.
    pub(super) fn is_expired(&self, session: &Current<T>) -> bool {
        self.slot.tokens.is_expired(session.exp())
    }

    /// Returns the session's name, as given in the attribute.
    pub fn name(&self) -> &'static str {
        self.slot.tokens.name()
    }

    /// Returns the session, if there is a valid one at this moment. A session that expires while the request
    /// is served is no longer valid.
    pub fn current(&self) -> Option<Current<T>> {
        self.slot.current(&self.viewer())
    }

    /// Returns the session, or an error whose response is 401, for handlers that change a session and need
    /// one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSession`] if there is no valid session.
    pub fn require(&self) -> Result<Current<T>, Error> {
        self.current().ok_or(NO_SESSION.of_session(T::SPEC.type_name))
    }

    /// Returns the session's token, if there is a valid session: the request's own, or the one of a later
    /// write.
    pub fn token(&self) -> Option<CompactToken> {
        self.current().map(|current| current.token)
    }

    /// Returns the state of the request's session.
    pub fn status(&self) -> Status {
        self.slot.status(&self.viewer())
    }

    /// Returns the identifier of the session's login, if there is a valid session: see
    /// [`Current::login_id`].
    pub fn login_id(&self) -> Option<LoginId>
    where
        T: Revocable,
    {
        self.current().map(|current| current.login_id())
    }

    /// Returns the time at which the user signed in, if there is a valid session: see [`Current::auth_time`].
    pub fn auth_time(&self) -> Option<NumericDate>
    where
        T: HasAuthTime,
    {
        self.current().map(|current| current.auth_time())
    }

    /// Returns whether there is a valid session that is bound to a device: see [`Current::is_bound`].
    #[cfg(feature = "dbsc")]
    pub fn is_bound(&self) -> bool
    where
        T: DeviceBound,
    {
        self.current().is_some_and(|current| current.is_bound())
    }

    /// Waits until the session is over: its token expires, or its login ends, in this process or another. For a
    /// connection that outlives its request, such as a WebSocket, so that a logout closes it. Returns at once if there
    /// is no session, and never if the session neither expires nor can be revoked.
    ///
    /// An end in another process is seen within `recheck` of the attribute, at most a minute after it if `recheck` is
    /// 0. While the store is out, the session counts as before.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use unjwt::{Session, SessionManager};
    /// # #[derive(Clone, Serialize, Deserialize, Session)]
    /// # #[session(jwe, name = "sid", max_age = "7D", revocable)]
    /// # struct Login { user: u64 }
    /// # struct Socket;
    /// # impl Socket { async fn answer(&mut self) -> Option<()> { None } }
    /// async fn serve(mut socket: Socket, session: SessionManager<Login>) {
    ///     let mut ended = std::pin::pin!(session.ended());
    ///     loop {
    ///         tokio::select! {
    ///             () = &mut ended => break,
    ///             message = socket.answer() => if message.is_none() { break },
    ///         }
    ///     }
    /// }
    /// ```
    pub fn ended(&self) -> impl Future<Output = ()> + Send + use<T> {
        let (tokens, current) = (self.slot.tokens.clone(), self.current());
        async move {
            if let Some(current) = current {
                tokens.ended(&current).await;
            }
        }
    }

    /// Begins a session with this data, or replaces the existing one. `jti`, `iat` and `exp` are new.
    ///
    /// In a `revocable` session it also begins a login, and ends the one before (OWASP ASVS 5.0, 7.2.4).
    ///
    /// Each session is written independently: if the write of a second session fails, the cookie of the first
    /// is sent nevertheless, unless the handler [clears](Self::clear) it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooLarge`], [`ErrorKind::Unserializable`], [`ErrorKind::ResponseSent`],
    /// [`ErrorKind::Overloaded`] for a password-based key, [`ErrorKind::Hook`] if `on_update` failed; for a `revocable`
    /// session [`ErrorKind::Unavailable`] if the store is out, and [`ErrorKind::TooManyLogins`].
    pub fn replace(&self, data: T) -> PendingWrite<'_, T>
    where
        T: Writable,
    {
        PendingWrite::new(self, Edit::Replace(Arc::new(data)))
    }

    /// Merges the patch into the session's data: fields that are `Some` overwrite. If the request has no
    /// session, it begins one, provided that the patch has every field that needs a value.
    ///
    /// `jti`, `iat` and `exp` are new, unless the attribute has `extend = "rotate"`, which keeps them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MissingField`], whose message names the field; [`ErrorKind::Conflict`] while another
    /// write is not final; [`ErrorKind::Ended`] if the login has ended since the session was read; otherwise as
    /// [`replace`](Self::replace).
    pub fn update(&self, patch: T::Patch) -> PendingWrite<'_, T>
    where
        T: Writable,
    {
        PendingWrite::new(self, Edit::Merge(patch))
    }

    /// Changes the session's data in place; see [`update`](Self::update).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSession`] on a request without one; otherwise as [`update`](Self::update).
    pub fn update_with<'a>(&'a self, change: impl FnOnce(&mut T) + Send + 'a) -> PendingWrite<'a, T>
    where
        T: Writable,
    {
        PendingWrite::new(self, Edit::Change(Box::new(change), None))
    }

    /// Changes the session's data in place, or begins a session with the default data and that change. Useful
    /// for a cart, or flash messages.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    pub fn update_or_default<'a>(&'a self, change: impl FnOnce(&mut T) + Send + 'a) -> PendingWrite<'a, T>
    where
        T: Writable + Default,
    {
        PendingWrite::new(self, Edit::Change(Box::new(change), Some(T::default)))
    }

    /// Makes a new token with the same data and a new `jti`, `iat` and `exp`. Use it after a login or a
    /// change of privileges, so that the token changes with them.
    ///
    /// In a session with `rotation` it is a renewal, as if that were due: the response carries the new token unless it takes
    /// longer than half of the window, after which the browser may have a later one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSession`] on a request without one; [`ErrorKind::Reused`] if the token is a copy; otherwise as
    /// [`update`](Self::update).
    pub fn rotate(&self) -> PendingWrite<'_, T>
    where
        T: Writable,
    {
        PendingWrite::new(self, Edit::Rotate)
    }

    /// Ends the session: the response removes its cookie and every chunk of it, even if the handler fails
    /// later. The request's token is not read again in this request; [`replace`](Self::replace) can begin a
    /// new session.
    ///
    /// In a `revocable` session the login ends: this process refuses all its tokens at once, the others within
    /// `recheck` of the attribute. If the store is out, the cookie is removed nevertheless and the end is written as soon as
    /// the store answers, but the caller gets [`ErrorKind::Unavailable`] and can tell the user that copies of the token
    /// may work elsewhere until then.
    ///
    /// # Security
    ///
    /// In a session that is not `revocable`, copies of the token stay valid until its `exp`, and so do the tokens that
    /// updates and rotations replaced.
    ///
    /// The cookie is removed even if the request brought none, since there may be one with another path. A
    /// `POST` of another site's page is refused ([`ErrorKind::CrossSite`]), but a link to a route that clears
    /// the session on a `GET` logs out whoever follows it.
    ///
    /// A concurrent request of the same browser that writes the session and is answered after this one sets
    /// the cookie again.
    ///
    /// In a handler that only logs out, use [`Logout`](crate::Logout), which works even if the dependencies
    /// of the session's hooks are unavailable.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ResponseSent`]; [`ErrorKind::CrossSite`]; [`ErrorKind::Hook`] if `on_clear` failed, in
    /// which case the session has ended nevertheless; [`ErrorKind::Unavailable`] if the store of logins is out;
    /// [`ErrorKind::Conflict`] in a hook, if the attribute has a `version` and nothing is known of the token yet.
    pub fn clear(&self) -> Operation<'_, ()>
    where
        T: Writable,
    {
        Operation::new(async move { end::clear(self).await.map(|_| ()) })
    }

    /// Reads the session and ends it in one step. Returns `None`, and writes nothing, if there is no session.
    ///
    /// # Errors
    ///
    /// As [`clear`](Self::clear).
    pub fn take(&self) -> Operation<'_, Option<Current<T>>>
    where
        T: Writable,
    {
        Operation::new(async move {
            read::ensure(self, None).await?;
            match self.current() {
                Some(_) => end::clear(self).await,
                None => Ok(None),
            }
        })
    }
}

pub(super) const NO_SESSION: Error = Error::new(ErrorKind::NoSession, "");

impl<T: Session> Clone for SessionManager<T> {
    fn clone(&self) -> Self {
        Self {
            context: self.context.clone(),
            slot: Arc::clone(&self.slot),
            origin: self.origin.clone(),
            undone_with: self.undone_with.clone(),
            in_error_hook: self.in_error_hook,
            depth: self.depth,
        }
    }
}

/// Omits the data and the token.
impl<T: Session> fmt::Debug for SessionManager<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionManager")
            .field("session", &T::SPEC.type_name)
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

/// The parts that all events of one hook run share.
pub(crate) struct Scope<'a, T: Session> {
    pub(super) manager: &'a SessionManager<T>,
    pub(super) state: &'a T::State,
    pub(super) headers: &'a HeaderMap,
}

impl<T: Session> Clone for Scope<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Session> Copy for Scope<'_, T> {}

impl<'a, T: Session> Scope<'a, T> {
    pub(super) fn new(manager: &'a SessionManager<T>) -> Result<Self, Error> {
        static NONE: LazyLock<HeaderMap> = LazyLock::new(HeaderMap::new);
        let state =
            manager.context.state(&manager.slot.tokens).ok_or(Error::new(ErrorKind::NotInstalled, ""))?;
        Ok(Self { manager, state, headers: manager.context.headers().unwrap_or(&NONE) })
    }
}
