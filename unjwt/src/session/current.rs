//! A valid session at one point in time.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::claims::Choice;
use crate::clock::NumericDate;
use crate::session::{Lifetime, SessionType};
use crate::spec::TokenSource;

/// A valid session: its data and the facts about its token. Cheap to clone; a snapshot that later writes do
/// not change.
#[non_exhaustive]
pub struct Current<T: SessionType> {
    /// `jti`: the token's identifier, new with every token.
    pub id: Arc<str>,
    /// `iat`: the time at which the token was made.
    pub created_at: NumericDate,
    /// The time at which the session ends, which is the earlier of `exp` and `iat + max_age`. A
    /// [`NumericDate`] if the attribute has `max_age`, otherwise an `Option` of it.
    pub expires_at: <T::Lifetime as Lifetime>::ExpiresAt,
    /// The session's data.
    pub data: Arc<T>,
    /// The compact token. It is a bearer token: anyone who has it can use the session.
    pub token: CompactToken,
    /// The source of the token.
    pub source: Source,
    /// The lifetime that was chosen at the login.
    pub(crate) choice: Choice,
}

impl<T: SessionType> Current<T> {
    /// Returns [`expires_at`](Self::expires_at) as an option in either case, for code that is generic over
    /// sessions.
    pub fn exp(&self) -> Option<NumericDate> {
        T::Lifetime::exp(self.expires_at)
    }
}

impl<T: SessionType> Clone for Current<T> {
    fn clone(&self) -> Self {
        Self {
            id: Arc::clone(&self.id),
            created_at: self.created_at,
            expires_at: self.expires_at,
            data: Arc::clone(&self.data),
            token: self.token.clone(),
            source: self.source,
            choice: self.choice,
        }
    }
}

/// Shows the id and the times, which grant no access, but neither the data nor the token.
impl<T: SessionType> fmt::Debug for Current<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Current")
            .field("session", &T::SPEC.type_name)
            .field("id", &self.id)
            .field("created_at", &self.created_at)
            .field("expires_at", &self.expires_at)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// A compact token; dereferences to `str`.
///
/// # Security
///
/// Anyone who has it can use the session until it expires. `Debug` does not show it, and there is no
/// `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct CompactToken(Arc<str>);

impl CompactToken {
    pub(crate) fn new(token: impl Into<Arc<str>>) -> Self {
        Self(token.into())
    }

    /// Returns the token's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for CompactToken {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CompactToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CompactToken(..)")
    }
}

/// The source of a session's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// The request's cookie.
    Cookie,
    /// The request's header.
    Header,
    /// A write in this request.
    New,
    /// An argument of [`open`](crate::Tokens::open),
    /// [`unseal_without_hooks`](crate::Tokens::unseal_without_hooks) or
    /// [`verify_without_hooks`](crate::Tokens::verify_without_hooks).
    External,
}

impl From<TokenSource> for Source {
    fn from(source: TokenSource) -> Self {
        match source {
            TokenSource::Cookie => Self::Cookie,
            TokenSource::Header => Self::Header,
        }
    }
}
