//! Step-up authentication: a session whose user signed in lately.

use std::ops::Deref;

use axum_core::extract::FromRequestParts;
use http::request::Parts;

use super::axum_core::{current, reject};
use crate::error::Error;
use crate::http::rejection::SessionRejection;
use crate::request::hooks::Session;
use crate::session::HasAuthTime;
use crate::session::current::Current;
use crate::session::handle::HasSession;

/// The session, if its user signed in at most `SECONDS` ago: an extractor for what must not be done with a session that
/// was left open, such as a change of the password (OWASP ASVS 5.0, 7.5.1).
///
/// Without a session it rejects the request as [`Current`] does. With an older one it answers 401 with the challenge of
/// RFC 9470, `error="insufficient_user_authentication"` and `max_age`; the visitor stays signed in. The client then
/// asks for the password again, and the service calls [`replace`](crate::SessionManager::replace), which begins a login.
///
/// There is no `Option<Fresh<T, SECONDS>>`, since a session that is too old is not none: a handler that answers by itself, such
/// as with a redirect to the login, takes `Result<Fresh<T, SECONDS>, SessionRejection>`, and
/// [`kind`](SessionRejection::kind) tells the two apart.
///
/// It dereferences to [`Current`].
///
/// ```
/// # use axum::http::StatusCode;
/// # use serde::{Deserialize, Serialize};
/// # use unjwt::{Fresh, Session};
/// #[derive(Clone, Serialize, Deserialize, Session)]
/// #[session(jwe, name = "sid", max_age = "7D", absolute = "30D")]
/// struct Login { user: u64 }
///
/// async fn change_password(login: Fresh<Login, 300>) -> StatusCode {
///     let user = login.data.user;                                      // signed in within the last five minutes
///     # let _ = user;
///     StatusCode::NO_CONTENT
/// }
/// ```
pub struct Fresh<T: Session, const SECONDS: u64>(pub Current<T>);

impl<T: Session, const SECONDS: u64> Deref for Fresh<T, SECONDS> {
    type Target = Current<T>;

    fn deref(&self) -> &Current<T> {
        &self.0
    }
}

impl<T: Session, const SECONDS: u64> std::fmt::Debug for Fresh<T, SECONDS> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Fresh").field(&self.0).finish()
    }
}

impl<T: Session + HasAuthTime, S: HasSession<T>, const SECONDS: u64> FromRequestParts<S>
    for Fresh<T, SECONDS>
{
    type Rejection = SessionRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        const {
            assert!(
                SECONDS > 0,
                "nobody signed in within no time: write how many seconds ago, like `Fresh<Login, 300>`"
            )
        };
        let current = current::<T, S>(parts, state).await?;
        let (now, auth_time) = (state.handle().now().as_secs(), current.auth_time().as_secs());
        // A sign-in that seems to lie in the future, by a clock that runs ahead, is one of this moment.
        if now.saturating_sub(auth_time) <= SECONDS {
            return Ok(Self(current));
        }
        Err(reject::<T>(parts, Error::not_fresh(SECONDS)))
    }
}
