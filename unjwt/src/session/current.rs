//! A valid session at one point in time.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::claims::Choice;
use crate::clock::NumericDate;
use crate::login::SignIn;
use crate::login::id::LoginId;
#[cfg(feature = "dbsc")]
use crate::session::DeviceBound;
use crate::session::{Foreign, HasAuthTime, Lifetime, Provenance, Revocable, SessionType};
use crate::spec::TokenSource;

/// A valid session: its data and the facts about its token. Cheap to clone; a snapshot that later writes do
/// not change.
#[non_exhaustive]
pub struct Current<T: SessionType> {
    /// `jti`: the token's identifier, new with every token. An `Arc<str>`; with `issued_elsewhere` in the attribute an
    /// `Option` of it, since identity providers may leave it out.
    pub id: <T::Provenance as Provenance>::Id,
    /// `iat`: the time at which the token was made. A [`NumericDate`]; with `issued_elsewhere` in the attribute an
    /// `Option` of it.
    pub created_at: <T::Provenance as Provenance>::CreatedAt,
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
    pub(crate) sign_in: SignIn,
    /// The issuer, if the token was issued elsewhere.
    pub(crate) issuer: Option<Arc<str>>,
    /// The version of the token's payload.
    pub(crate) version: u32,
    /// `false` if the store of logins is out.
    pub(crate) is_checked: bool,
}

impl<T: SessionType> Current<T> {
    /// Returns the identifier of the login that the session belongs to, the claim `sid`. It stays while the session
    /// is updated and rotated, and ends with [`clear`](crate::SessionManager::clear).
    pub fn login_id(&self) -> LoginId
    where
        T: Revocable,
    {
        // A revocable session has a login; the policy makes sure of it.
        self.login().unwrap_or(LoginId::from_bytes([0; 16]))
    }

    /// Returns the time at which the user signed in, the claim `auth_time` (OpenID Connect Core §2), however often the
    /// token was renewed since. A token from before the session had the claim began its login itself.
    pub fn auth_time(&self) -> NumericDate
    where
        T: HasAuthTime,
    {
        self.sign_in.auth_time.or(self.iat()).unwrap_or(NumericDate::from_secs(0))
    }

    /// Returns the issuer of the token, the claim `iss`: one of those that the session trusts.
    pub fn issuer(&self) -> &str
    where
        T: Foreign,
    {
        self.issuer.as_deref().unwrap_or_default()
    }

    /// Returns `false` if the store of logins is out, and the session is served because of `outage = "serve(..)"` in
    /// its attribute: the login may have ended elsewhere since its last check.
    pub fn is_checked(&self) -> bool
    where
        T: Revocable,
    {
        self.is_checked
    }

    /// Returns whether the session is bound to the device at which its user signed in: the browser has registered, and only its
    /// proofs renew the session.
    #[cfg(feature = "dbsc")]
    pub fn is_bound(&self) -> bool
    where
        T: DeviceBound,
    {
        self.sign_in.device.is_some()
    }

    /// Returns the version of the token's payload, the claim `v`: 1 if it states none, or if the attribute has no
    /// `version`. It is older than that until the session is written, and newer if the program that wrote it says that this
    /// one understands it.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Returns the login that the session belongs to, if it has one.
    pub(crate) fn login(&self) -> Option<LoginId> {
        self.sign_in.login_id()
    }

    /// Returns whether a newer program wrote the session: written by this one, it would lose what only that one knows.
    pub(crate) fn is_newer(&self) -> bool {
        self.version > T::SPEC.own_version()
    }

    /// Returns [`id`](Self::id) as an option in either case, for code that is generic over sessions.
    pub fn jti(&self) -> Option<&str> {
        T::Provenance::id_of(&self.id).map(|id| &**id)
    }

    /// Returns [`created_at`](Self::created_at) as an option in either case, for code that is generic over sessions.
    pub fn iat(&self) -> Option<NumericDate> {
        T::Provenance::created_at_of(self.created_at)
    }

    /// Returns [`expires_at`](Self::expires_at) as an option in either case, for code that is generic over
    /// sessions.
    pub fn exp(&self) -> Option<NumericDate> {
        T::Lifetime::exp(self.expires_at)
    }
}

impl<T: SessionType> Clone for Current<T> {
    fn clone(&self) -> Self {
        Self {
            id: self.id.clone(),
            created_at: self.created_at,
            expires_at: self.expires_at,
            data: Arc::clone(&self.data),
            token: self.token.clone(),
            source: self.source,
            choice: self.choice,
            sign_in: self.sign_in.clone(),
            issuer: self.issuer.clone(),
            version: self.version,
            is_checked: self.is_checked,
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
#[derive(Clone)]
pub struct CompactToken(Held);

/// A token's text.
#[derive(Clone)]
enum Held {
    Own(Arc<str>),
    Shared(Arc<dyn HasToken>),
}

/// The memory of a token.
pub(crate) trait HasToken: Send + Sync {
    /// Returns the token's text.
    fn token(&self) -> &str;
}

impl CompactToken {
    pub(crate) fn new(token: impl Into<Arc<str>>) -> Self {
        Self(Held::Own(token.into()))
    }

    /// Returns the token that is remembered.
    pub(crate) fn shared(token: Arc<dyn HasToken>) -> Self {
        Self(Held::Shared(token))
    }

    /// Returns whether the token was not read, but remembered ([`Config::token_cache`](crate::Config::token_cache)); for
    /// measurements.
    #[doc(hidden)]
    pub fn __is_remembered(&self) -> bool {
        matches!(self.0, Held::Shared(_))
    }

    /// Returns the token's text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Held::Own(token) => token,
            Held::Shared(remembered) => remembered.token(),
        }
    }
}

impl Deref for CompactToken {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for CompactToken {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for CompactToken {}

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
