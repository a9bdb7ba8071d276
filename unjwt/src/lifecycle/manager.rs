//! The session of a request, as handlers and hooks hold it.

use std::fmt;
use std::sync::{Arc, LazyLock};

use http::HeaderMap;

use super::chains::ChainId;
use super::context::Context;
use super::current::{Current, Status, Token};
use super::slot::Slot;
use super::work::Work;
use super::{read, write};
use crate::error::{Error, ErrorKind};
use crate::session::tokens::Tokens;
use crate::session::{Session, Writable};

/// The session of one request: read it, write it, end it.
///
/// An extractor. A cheap clone; all clones and all extractions in one request, in handlers, middleware and hooks, see
/// one state. Extracting it reads the request's token and writes nothing, and a visitor without a session gets none
/// before the first write.
///
/// Writes in one request happen one after the other. A write that fails leaves everything as it was and is told to
/// `on_error`. Once the response's head has gone, a write is an error: [`ErrorKind::ResponseSent`].
pub struct SessionManager<T: Session> {
    pub(super) context: Context,
    pub(super) slot: Arc<Slot<T>>,
    /// The run of hooks that this belongs to.
    pub(super) chain: Option<ChainId>,
    /// Inside `on_error`, whose own failures are not told to it again.
    pub(super) in_error_hook: bool,
    /// How many hooks of writes lie around this: the limit ends hooks that start each other for ever.
    pub(super) depth: u8,
}

impl<T: Session> SessionManager<T> {
    /// The request's session, read if it is not yet.
    pub(crate) async fn open(
        context: &Context,
        tokens: &Tokens<T>,
        chain: Option<ChainId>,
        live: Option<&HeaderMap>,
    ) -> Result<Self, Error> {
        Self::open_at(context, tokens, chain, 0, live).await
    }

    /// The request's session, whether it has been read or not.
    pub(crate) fn unread(context: &Context, tokens: &Tokens<T>) -> Result<Self, Error> {
        let slot = context.slot(tokens)?;
        Ok(Self { context: context.clone(), slot, chain: None, in_error_hook: false, depth: 0 })
    }

    /// Whether it has been read by now: it is here, if that needs no waiting.
    #[cfg(feature = "axum")]
    pub(crate) fn read_now(&self, live: &HeaderMap) -> Result<bool, Error> {
        read::ensure_now(&self.slot, live)
    }

    /// Reads it, where [`read_now`](Self::read_now) could not.
    #[cfg(feature = "axum")]
    pub(crate) async fn wait(self, live: &HeaderMap) -> Result<Self, Error> {
        read::wait(&self, Some(live)).await?;
        Ok(self)
    }

    async fn open_at(
        context: &Context,
        tokens: &Tokens<T>,
        chain: Option<ChainId>,
        depth: u8,
        live: Option<&HeaderMap>,
    ) -> Result<Self, Error> {
        let manager = Self { chain, depth, ..Self::unread(context, tokens)? };
        read::ensure(&manager, live).await?;
        Ok(manager)
    }

    pub(super) async fn other<U: Session>(&self, tokens: &Tokens<U>) -> Result<SessionManager<U>, Error> {
        SessionManager::open_at(&self.context, tokens, self.chain, self.depth, None).await
    }

    /// The session's name: its cookie's.
    pub fn name(&self) -> &'static str {
        self.slot.tokens.name()
    }

    /// The session, if there is a valid one at this moment: an expiry that passes while the request is served counts.
    pub fn current(&self) -> Option<Current<T>> {
        self.slot.current()
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
    pub fn token(&self) -> Option<Token> {
        self.current().map(|current| current.token)
    }

    /// What the request's session is.
    pub fn status(&self) -> Status {
        self.slot.status()
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
    pub fn replace(&self, data: T) -> Work<'_, Current<T>>
    where
        T: Writable,
    {
        Work::new(write::write(self, |_| Ok(write::Draft::fresh(Arc::new(data)))))
    }

    /// Merges the patch into the session's data: fields that are `Some` overwrite. On a request without a session it
    /// begins one, if the patch has every field that needs a value.
    ///
    /// `jti`, `iat` and `exp` are new, unless the attribute says `extend = "rotate"`: then they stay.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MissingField`], whose message names the field; else as [`replace`](Self::replace).
    pub fn update(&self, patch: T::Patch) -> Work<'_, Current<T>>
    where
        T: Writable,
    {
        Work::new(write::write(self, |old| {
            let data = T::__merge(old.map(|old| &*old.data), patch)
                .map_err(|field| Error::new(ErrorKind::MissingField, field))?;
            Ok(write::Draft::updated(Arc::new(data)))
        }))
    }

    /// Changes the session's data in place; see [`update`](Self::update).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSession`] on a request without one; else as [`replace`](Self::replace).
    pub fn update_with<'a>(&'a self, change: impl FnOnce(&mut T) + Send + 'a) -> Work<'a, Current<T>>
    where
        T: Writable,
    {
        Work::new(write::write(self, |old| {
            let mut data = T::__copy(&old.ok_or(NO_SESSION)?.data);
            change(&mut data);
            Ok(write::Draft::updated(Arc::new(data)))
        }))
    }

    /// Makes a new token of the same data: a new `jti`, `iat` and `exp`. After a login or a change of rights, so that
    /// the token from before is not the one from after.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSession`] on a request without one; else as [`replace`](Self::replace).
    pub fn rotate(&self) -> Work<'_, Current<T>>
    where
        T: Writable,
    {
        Work::new(write::write(self, |old| {
            Ok(write::Draft::rotated(Arc::clone(&old.ok_or(NO_SESSION)?.data)))
        }))
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
    /// The cookie is removed even if the request brought none, since one of another path may be there. A form on
    /// another site's page, which brings no `SameSite` cookie, can so log a visitor out. Where that matters, clear only
    /// when [`status`](Self::status) is not [`Status::Absent`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ResponseSent`]; [`ErrorKind::Hook`] when `on_clear` failed, and the session has ended all the same.
    pub fn clear(&self) -> Work<'_, ()>
    where
        T: Writable,
    {
        Work::new(write::clear(self))
    }
}

const NO_SESSION: Error = Error::new(ErrorKind::NoSession, "");

impl<T: Session> Clone for SessionManager<T> {
    fn clone(&self) -> Self {
        Self {
            context: self.context.clone(),
            slot: Arc::clone(&self.slot),
            chain: self.chain,
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

/// What every event of one hook run has.
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
        let state = manager.context.state::<T>().ok_or(Error::new(ErrorKind::NotInstalled, ""))?;
        Ok(Self { manager, state, headers: manager.context.headers().unwrap_or(&NONE) })
    }
}
