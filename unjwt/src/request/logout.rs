//! A logout that neither a hook nor an outage can prevent from running.

use std::fmt;

use http::HeaderMap;

use super::context::Context;
use super::end;
use super::hooks::Session;
use super::manager::SessionManager;
use super::read::peek::{Peeked, peek};
use super::status::Status;
use crate::error::Error;
use crate::session::Writable;
use crate::session::current::{Current, Source};
use crate::session::operation::Operation;
use crate::session::tokens::Tokens;

/// The session of a request that is to be ended: an extractor for logout handlers. Without axum,
/// [`Tokens::logout`] and `Tokens::logout_of` return it.
///
/// Other extractors run the session's hooks, which may depend on a revocation list or a database. If that is
/// unavailable, the request is answered with 503 or 500, and the visitor stays signed in. `Logout` opens the
/// request's tokens without running a hook before [`clear`](Self::clear), so that a logout works during any
/// outage.
///
/// ```
/// # use axum::http::StatusCode;
/// # use serde::{Deserialize, Serialize};
/// # use unjwt::{Logout, Session};
/// # #[derive(Clone, Serialize, Deserialize, Session)]
/// # #[session(jwe, name = "sid", max_age = "7D")]
/// # struct Login { user: u64 }
/// async fn logout(login: Logout<Login>) -> Result<StatusCode, unjwt::Error> {
///     login.clear().await?;
///     Ok(StatusCode::NO_CONTENT)
/// }
/// ```
pub struct Logout<T: Session> {
    manager: SessionManager<T>,
    /// The sessions that the request's tokens contain.
    peeked: Peeked<T>,
}

impl<T: Session> Logout<T> {
    /// Opens the request's tokens, unless the session was written already.
    ///
    /// # Errors
    ///
    /// Fails if another site's page sent the request, or if the session is not installed.
    pub(crate) async fn open(
        context: &Context,
        tokens: &Tokens<T>,
        headers: &HeaderMap,
    ) -> Result<Self, Error> {
        let manager = SessionManager::unread(context, tokens)?;
        if T::HOOKS.any() || tokens.is_linked() {
            context.keep_headers(headers);
        }
        let is_written = manager.kept().is_none()
            && (manager.status() == Status::Cleared
                || manager.current().is_some_and(|current| current.source == Source::New));
        // Whoever read the session before chose one of the request's tokens, which may be a planted one.
        let peeked = if is_written { Peeked::nothing() } else { peek(&manager, headers).await? };
        Ok(Self { manager, peeked })
    }

    /// Returns the session that is to be ended, as read from its token: genuine and not expired, but not
    /// approved by any hook. If the request brings several, it is the first. A session whose key only
    /// `key_lookup` knows is not returned.
    pub fn current(&self) -> Option<Current<T>> {
        match self.manager.status() {
            Status::Absent => {
                self.peeked.found().iter().find(|found| !self.manager.is_expired(found)).cloned()
            }
            Status::Valid | Status::Expired | Status::Rejected | Status::Cleared => self.manager.current(),
        }
    }

    /// Ends the session: see [`SessionManager::clear`]. `on_clear` runs for every genuine token that the
    /// request brings, one after the other, including expired ones: a list of ended logins then contains the
    /// visitor's own, even if an attacker planted another token beside it. `key_lookup` runs once the removal
    /// of the cookie is certain.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ResponseSent`](crate::ErrorKind::ResponseSent);
    /// [`ErrorKind::CrossSite`](crate::ErrorKind::CrossSite). The cookie is removed nevertheless in the case
    /// of [`ErrorKind::Hook`](crate::ErrorKind::Hook), if `on_clear` or `key_lookup` failed, and of
    /// [`ErrorKind::Overloaded`](crate::ErrorKind::Overloaded) or
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable), if a token for which `on_clear` would have
    /// run could not be opened.
    pub fn clear(&self) -> Operation<'_, ()>
    where
        T: Writable,
    {
        Operation::new(async move { end::end(&self.manager, &self.peeked).await.map(|_| ()) })
    }
}

/// Omits the data and the token.
impl<T: Session> fmt::Debug for Logout<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logout").field("session", &T::SPEC.type_name).finish_non_exhaustive()
    }
}
