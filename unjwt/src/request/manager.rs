//! The session of a request, as handlers and hooks hold it.

use std::fmt;
use std::sync::{Arc, LazyLock};

use http::HeaderMap;

use super::context::Context;
use super::hooks::Session;
use super::origin::Origin;
use super::slot::Slot;
use super::state::Viewer;
#[cfg(feature = "axum-core")]
use super::status::NoSession;
use super::status::Status;
use super::write::{Edit, PendingWrite};
use super::{end, read};
use crate::error::{Error, ErrorKind};
use crate::session::Writable;
use crate::session::current::{CompactToken, Current};
use crate::session::operation::Operation;
use crate::session::tokens::Tokens;

/// The session of one request: read it, write it, end it.
///
/// An extractor. A cheap clone; all clones and all extractions in one request, in handlers, middleware and hooks, see
/// one state. Extracting it reads the request's token and writes nothing, and a visitor without a session gets none
/// before the first write.
///
/// Nobody but the hooks of its own reading sees a session before that reading has ended well.
///
/// Writes in one request happen one after the other. A write that fails leaves everything as it was and is told to
/// `on_error`. Once the response's head has gone, a write is an error: [`ErrorKind::ResponseSent`].
///
/// While a write can still be taken back (its `on_update` runs, or the reading does whose hook made it), only those who fall
/// with it see it, and an update by anybody else is an error, [`ErrorKind::Conflict`]. Nobody waits for a hook there, since a
/// hook may wait for them. [`replace`](Self::replace) and [`clear`](Self::clear) make nothing of what is there: they go ahead, and
/// count in place of what was written before them.
pub struct SessionManager<T: Session> {
    pub(super) context: Context,
    pub(super) slot: Arc<Slot<T>>,
    /// The readings and hooks that this was handed out in.
    pub(super) origin: Origin,
    /// The same, and the hooks of writes too: all whose failure undoes what is written here.
    pub(super) undone_with: Origin,
    /// Inside `on_error`, whose own failures are not told to it again.
    pub(super) in_error_hook: bool,
    /// How many hooks of writes lie around this: the limit ends hooks that start each other for ever.
    pub(super) depth: u8,
}

impl<T: Session> SessionManager<T> {
    /// The request's session, read if it is not yet.
    pub(super) async fn open(context: &Context, tokens: &Tokens<T>) -> Result<Self, Error> {
        let manager = Self::unread(context, tokens)?;
        read::ensure(&manager, None).await?;
        Ok(manager)
    }

    /// The request's session, whether it has been read or not.
    pub(crate) fn unread(context: &Context, tokens: &Tokens<T>) -> Result<Self, Error> {
        Ok(Self::of_slot(context, context.slot(tokens)?))
    }

    /// The session of a token that is not the request's own.
    pub(super) async fn open_token(
        context: &Context,
        tokens: &Tokens<T>,
        token: &str,
    ) -> Result<Self, Error> {
        let manager = Self::of_slot(context, context.slot_of_token(tokens, token)?);
        read::ensure(&manager, None).await?;
        match manager.current() {
            Some(_) => Ok(manager),
            None => Err(manager.slot.reason(&manager.viewer()).unwrap_or(NO_SESSION)),
        }
    }

    fn of_slot(context: &Context, slot: Arc<Slot<T>>) -> Self {
        Self {
            context: context.clone(),
            slot,
            origin: Origin::HANDLER,
            undone_with: Origin::HANDLER,
            in_error_hook: false,
            depth: 0,
        }
    }

    /// Tells if it has been read by now: it is here, if that needs no waiting.
    #[cfg(feature = "axum-core")]
    pub(crate) fn read_now(&self, live: &HeaderMap) -> Result<bool, Error> {
        read::ensure_now(self, live)
    }

    /// Reads it, where [`read_now`](Self::read_now) could not.
    #[cfg(feature = "axum-core")]
    pub(crate) async fn wait(self, live: &HeaderMap) -> Result<Self, Error> {
        read::wait(&self, Some(live)).await?;
        Ok(self)
    }

    pub(super) async fn other<U: Session>(&self, tokens: &Tokens<U>) -> Result<SessionManager<U>, Error> {
        let unread = SessionManager::unread(&self.context, tokens)?;
        let (origin, undone_with) = (self.origin.clone(), self.undone_with.clone());
        let manager = SessionManager { origin, undone_with, depth: self.depth, ..unread };
        read::ensure(&manager, None).await?;
        Ok(manager)
    }

    pub(super) fn viewer(&self) -> Viewer<'_> {
        Viewer { origin: &self.origin, within: &self.undone_with, waits: self.context.waits() }
    }

    /// Why there is no session.
    #[cfg(feature = "axum-core")]
    pub(crate) fn no_session(&self) -> NoSession {
        NoSession { status: self.status(), reason: self.slot.reason(&self.viewer()) }
    }

    /// Tells if the session has expired by now.
    #[cfg(feature = "axum-core")]
    pub(super) fn is_expired(&self, session: &Current<T>) -> bool {
        self.slot.tokens.is_expired(session.exp())
    }

    /// The session's name: its cookie's.
    pub fn name(&self) -> &'static str {
        self.slot.tokens.name()
    }

    /// The session, if there is a valid one at this moment: an expiry that passes while the request is served counts.
    pub fn current(&self) -> Option<Current<T>> {
        self.slot.current(&self.viewer())
    }

    /// The session, or an error that answers 401: for handlers that change a session and need one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSession`].
    pub fn require(&self) -> Result<Current<T>, Error> {
        self.current().ok_or(NO_SESSION)
    }

    /// The session's token, if there is a valid session: the request's own, or the one that a write made since.
    pub fn token(&self) -> Option<CompactToken> {
        self.current().map(|current| current.token)
    }

    /// The state of the request's session.
    pub fn status(&self) -> Status {
        self.slot.status(&self.viewer())
    }

    /// Begins a session with this data, or replaces the one that is there: a new `jti`, `iat` and `exp`.
    ///
    /// Each session is written by itself: when a second session's write fails, the first one's cookie goes out all the
    /// same, unless the handler [clears](Self::clear) it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooLarge`], [`ErrorKind::Unserializable`], [`ErrorKind::ResponseSent`], [`ErrorKind::Overloaded`]
    /// for a password, [`ErrorKind::Hook`] when `on_update` failed.
    pub fn replace(&self, data: T) -> PendingWrite<'_, T>
    where
        T: Writable,
    {
        PendingWrite::new(self, Edit::Replace(Arc::new(data)))
    }

    /// Merges the patch into the session's data: fields that are `Some` overwrite. On a request without a session it
    /// begins one, if the patch has every field that needs a value.
    ///
    /// `jti`, `iat` and `exp` are new, unless the attribute says `extend = "rotate"`: then they stay.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MissingField`], whose message names the field; [`ErrorKind::Conflict`] while another's write is not final;
    /// else as [`replace`](Self::replace).
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
    /// [`ErrorKind::NoSession`] on a request without one; [`ErrorKind::Conflict`] while another's write is not final; else as
    /// [`replace`](Self::replace).
    pub fn update_with<'a>(&'a self, change: impl FnOnce(&mut T) + Send + 'a) -> PendingWrite<'a, T>
    where
        T: Writable,
    {
        PendingWrite::new(self, Edit::Change(Box::new(change), None))
    }

    /// Changes the session's data in place, or begins a session with the default data and that change: a cart, a flash
    /// message.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] while another's write is not final; else as [`replace`](Self::replace).
    pub fn update_or_default<'a>(&'a self, change: impl FnOnce(&mut T) + Send + 'a) -> PendingWrite<'a, T>
    where
        T: Writable + Default,
    {
        PendingWrite::new(self, Edit::Change(Box::new(change), Some(T::default)))
    }

    /// Makes a new token of the same data: a new `jti`, `iat` and `exp`. After a login or a change of rights, so that
    /// the token from before is not the one from after.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSession`] on a request without one; [`ErrorKind::Conflict`] while another's write is not final; else as
    /// [`replace`](Self::replace).
    pub fn rotate(&self) -> PendingWrite<'_, T>
    where
        T: Writable,
    {
        PendingWrite::new(self, Edit::Rotate)
    }

    /// Ends the session: the response removes its cookie and every chunk of it, also when the handler fails later.
    /// Nothing in this request reads the request's token again; a new session may begin with
    /// [`replace`](Self::replace).
    ///
    /// # Security
    ///
    /// The token itself stays good until its `exp`, wherever a copy of it is, and so do the tokens that updates and
    /// rotations replaced: each has a `jti` of its own. To end them all, give the struct a field that stays, a login's
    /// id for example, and refuse it in `on_read`.
    ///
    /// The cookie is removed even if the request brought none, since one of another path may be there. A `POST` of another
    /// site's page is refused ([`ErrorKind::CrossSite`]); a link to a route that clears on a `GET` logs whoever follows it out.
    ///
    /// Another request of the same browser, begun before this one and slower, that writes the session sets its cookie again.
    ///
    /// In a handler that does nothing else, [`Logout`](crate::Logout) ends a session whatever its hooks depend on.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ResponseSent`]; [`ErrorKind::CrossSite`]; [`ErrorKind::Hook`] when `on_clear` failed, and the session has ended all the same.
    pub fn clear(&self) -> Operation<'_, ()>
    where
        T: Writable,
    {
        Operation::new(async move { end::clear(self).await.map(|_| ()) })
    }

    /// Reads the session and ends it in one step; `None` where there is none, and then nothing is written.
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

/// Without the data and the token.
impl<T: Session> fmt::Debug for SessionManager<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionManager")
            .field("session", &T::SPEC.type_name)
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

/// The parts that every event of one hook run has.
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
