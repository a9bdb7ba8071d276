//! A logout that no hook and no outage can keep from running.

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
use crate::session::current::Current;
use crate::session::operation::Operation;
use crate::session::tokens::Tokens;

/// The session of a request, to be ended: an extractor for the handler of a logout.
///
/// Other extractors run the session's hooks, and what these ask, a revocation list or a database, may be out; the
/// request is then answered with 503 or 500, and the visitor stays signed in. `Logout` opens the request's tokens and runs
/// no hook before [`clear`](Self::clear), so that a logout works whatever is out.
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
    /// What the request's tokens told.
    peeked: Peeked<T>,
}

impl<T: Session> Logout<T> {
    /// Opens the request's tokens, unless the session is known by now.
    ///
    /// # Errors
    ///
    /// Another site's page sent the request, or the session is not installed.
    pub(crate) async fn open(
        context: &Context,
        tokens: &Tokens<T>,
        headers: &HeaderMap,
    ) -> Result<Self, Error> {
        let manager = SessionManager::unread(context, tokens)?;
        if T::HOOKS.any() {
            context.keep_headers(headers);
        }
        let peeked = match manager.status() {
            Status::Absent | Status::Expired => peek(&manager, headers).await?,
            Status::Valid | Status::Rejected | Status::Cleared => Peeked::nothing(),
        };
        Ok(Self { manager, peeked })
    }

    /// The session that is to be ended, as its token tells it: genuine and not expired, and approved by no hook. The first,
    /// where the request brings several; one whose key only `key_lookup` knows is not among them.
    pub fn current(&self) -> Option<Current<T>> {
        match self.manager.status() {
            Status::Absent => {
                self.peeked.found().iter().find(|found| !self.manager.is_expired(found)).cloned()
            }
            Status::Valid | Status::Expired | Status::Rejected | Status::Cleared => self.manager.current(),
        }
    }

    /// Ends the session: see [`SessionManager::clear`]. `on_clear` is told of every genuine token that the request brings, one
    /// after the other, of expired ones too: a list of ended logins then has the visitor's own, whatever was planted beside it.
    /// `key_lookup` is asked when the removal of the cookie is certain.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ResponseSent`](crate::ErrorKind::ResponseSent); [`ErrorKind::CrossSite`](crate::ErrorKind::CrossSite). The
    /// cookie is removed all the same with [`ErrorKind::Hook`](crate::ErrorKind::Hook), when `on_clear` or `key_lookup` failed,
    /// and with [`ErrorKind::Overloaded`](crate::ErrorKind::Overloaded) or
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable), when a token could not be opened of which `on_clear` would have
    /// been told.
    pub fn clear(&self) -> Operation<'_, ()>
    where
        T: Writable,
    {
        Operation::new(async move { end::end(&self.manager, &self.peeked).await.map(|_| ()) })
    }
}

/// Without the data and the token.
impl<T: Session> fmt::Debug for Logout<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logout").field("session", &T::SPEC.type_name).finish_non_exhaustive()
    }
}
