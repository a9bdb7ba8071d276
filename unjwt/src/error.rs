//! Errors of tokens and sessions while a request is served.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU64;
use std::sync::Arc;

use http::StatusCode;

use crate::config_error::KeyError;

/// The reason why a token was refused or an operation on a session failed.
///
/// Opaque, so that later versions can carry more information: use [`kind`](Error::kind) or
/// [`code`](Error::code).
///
/// # Security
///
/// Neither `Display` nor `Debug` ever contains a token, a claim or a key. Clients see even less:
/// [`SessionRejection`](crate::SessionRejection) answers every refused token with the same 401. What a service's own
/// `TryFrom` says about a payload that it cannot migrate is the [`source`](std::error::Error::source) alone.
#[derive(Clone)]
pub struct Error {
    kind: ErrorKind,
    detail: Cow<'static, str>,
    /// The status that a hook chose.
    status: Option<StatusCode>,
    /// The time in seconds within which the user must have signed in.
    max_auth_age: Option<NonZeroU64>,
    /// The type of the session.
    session: Option<&'static str>,
    cause: Option<Arc<Cause>>,
}

/// The words of a service's own error, which may be about its data.
#[derive(Debug)]
struct Cause(String);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Cause {}

impl Error {
    const fn of(kind: ErrorKind, detail: Cow<'static, str>) -> Self {
        Self { kind, detail, status: None, max_auth_age: None, session: None, cause: None }
    }

    pub(crate) const fn new(kind: ErrorKind, detail: &'static str) -> Self {
        Self::of(kind, Cow::Borrowed(detail))
    }

    pub(crate) const fn hook(status: StatusCode) -> Self {
        let mut error = Self::new(ErrorKind::Hook, "");
        error.status = Some(status);
        error
    }

    /// Creates an error with a reason that must consist of the program's own names and words.
    pub(crate) const fn explained(kind: ErrorKind, reason: String) -> Self {
        Self::of(kind, Cow::Owned(reason))
    }

    /// Creates an error whose reason contains what the request states about its origin, truncated to a
    /// bounded length.
    pub(crate) const fn cross_site(reason: String) -> Self {
        Self::explained(ErrorKind::CrossSite, reason)
    }

    /// Creates the error of a sign-in that is older than this many seconds.
    #[cfg(feature = "axum-core")]
    pub(crate) fn not_fresh(seconds: u64) -> Self {
        Self { max_auth_age: NonZeroU64::new(seconds), ..Self::new(ErrorKind::NotFresh, "") }
    }

    pub(crate) const fn max_auth_age(&self) -> Option<NonZeroU64> {
        self.max_auth_age
    }

    /// Adds the words of the service's own error.
    #[must_use]
    pub(crate) fn caused_by(mut self, cause: &dyn fmt::Display) -> Self {
        self.cause = Some(Arc::new(Cause(cause.to_string())));
        self
    }

    /// Returns `true` if the token is genuine and another program, or a later one, may read it: no write takes its place
    /// unasked.
    pub(crate) const fn keeps_token(&self) -> bool {
        matches!(self.kind, ErrorKind::NewerVersion | ErrorKind::MigrationFailed)
    }

    /// Names the session, unless the error comes from another one, which it asked.
    #[must_use]
    pub(crate) const fn of_session(mut self, type_name: &'static str) -> Self {
        if self.session.is_none() {
            self.session = Some(type_name);
        }
        self
    }

    pub(crate) const fn hook_status(&self) -> Option<StatusCode> {
        self.status
    }

    /// Returns the name of the session's type, if the error comes from the session of a request: a write, its end, or
    /// [`require`](crate::SessionManager::require).
    pub const fn session(&self) -> Option<&'static str> {
        self.session
    }

    /// Returns the kind of the error.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns a stable code for logs and metrics, equal to that of npm `unjwt` if it has one.
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }
}

/// The session is not compared: it says where an error was met, and not which it is.
impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.detail == other.detail
            && self.status == other.status
            && self.max_auth_age == other.max_auth_age
    }
}

impl Eq for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.detail.is_empty() {
            f.write_str(self.kind.text())
        } else {
            write!(f, "{}: {}", self.kind.text(), self.detail)
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({}: {self})", self.code())
    }
}

/// [`source`](std::error::Error::source) returns the service's own error behind [`ErrorKind::MigrationFailed`], and nothing
/// otherwise.
impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

/// An unusable key from a hook is the service's fault, not the client's.
impl From<KeyError> for Error {
    fn from(KeyError(reason): KeyError) -> Self {
        Self::explained(ErrorKind::KeyUnusable, reason)
    }
}

macro_rules! kinds {
    ($( $(#[doc = $doc:literal])+ $variant:ident = $code:literal, $text:literal; )*) => {
        /// The kinds of [`Error`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind { $( $(#[doc = $doc])+ $variant, )* }

        impl ErrorKind {
            const fn code(self) -> &'static str {
                match self { $( Self::$variant => $code, )* }
            }

            const fn text(self) -> &'static str {
                match self { $( Self::$variant => $text, )* }
            }
        }
    };
}

kinds! {
    /// `exp` has passed, or the token is older than `max_age` allows (RFC 7519 §4.1.4).
    Expired = "ERR_JWT_EXPIRED", "the token has expired";
    /// `nbf` or `iat` lies in the future (RFC 7519 §4.1.5).
    NotYetValid = "ERR_JWT_NBF", "the token is not valid yet";
    /// A registered claim has the wrong type or value.
    ClaimInvalid = "ERR_JWT_CLAIM_INVALID", "a claim is not what the session requires";
    /// A required claim is absent.
    ClaimMissing = "ERR_JWT_CLAIM_MISSING", "a required claim is missing";
    /// The payload is of a newer version than this program, which does not understand it. The visitor has no session in
    /// this request and keeps the cookie, since another program can read it: a write other than `replace` is answered
    /// with 503.
    NewerVersion = "ERR_SESSION_NEWER_VERSION", "the session is of a newer version";
    /// The payload is of a version that the attribute's `migrate` leaves out.
    VersionDropped = "ERR_SESSION_VERSION_DROPPED", "the session is of a version that is no longer read";
    /// The payload is of an older version, and does not fit the struct of that version or cannot become one of the next.
    /// That is the service's fault, so the cookie is kept: a write other than `replace` is answered with 500.
    MigrationFailed = "ERR_SESSION_MIGRATION_FAILED", "the session cannot be migrated";
    /// The payload is not the JSON object that the session's struct describes. The message names the member's
    /// path and the reason, in the program's own names.
    PayloadInvalid = "ERR_JWT_PAYLOAD_INVALID", "the payload does not fit the session";
    /// The signed token's structure or header is wrong (RFC 7515 §5.2).
    JwsInvalid = "ERR_JWS_INVALID", "malformed signed token";
    /// The signature does not verify (RFC 7515 §5.2).
    JwsSignatureInvalid = "ERR_JWS_SIGNATURE_INVALID", "the signature does not verify";
    /// The token's `alg` is not one that the session allows.
    JwsAlgorithmNotAllowed = "ERR_JWS_ALG_NOT_ALLOWED", "signature algorithm not allowed";
    /// The encrypted token's structure or header is wrong (RFC 7516 §5.2).
    JweInvalid = "ERR_JWE_INVALID", "malformed encrypted token";
    /// The token does not decrypt with any of the session's keys (RFC 7516 §5.2).
    JweDecryptionFailed = "ERR_JWE_DECRYPTION_FAILED", "the token does not decrypt";
    /// The token's `alg` is not one that the session allows.
    JweAlgorithmNotAllowed = "ERR_JWE_ALG_NOT_ALLOWED", "key management algorithm not allowed";
    /// The token's `enc` is not one that the session allows.
    JweEncryptionNotAllowed = "ERR_JWE_ENC_NOT_ALLOWED", "content encryption algorithm not allowed";
    /// No key has the token's `kid`, or none has the right type.
    KeyNotFound = "ERR_JWK_KEY_NOT_FOUND", "no key fits the token";
    /// The key given to [`jose`](crate::jose), or found by `key_lookup`, is malformed, too weak, or does not
    /// support the operation. That is the service's fault, not the token's.
    KeyUnusable = "ERR_JWK_UNUSABLE", "the key cannot be used";
    /// A chunk of the session cookie is missing or the set is malformed.
    ChunksIncomplete = "ERR_SESSION_CHUNKS_INCOMPLETE", "the session cookie's chunks are incomplete";
    /// The token is longer than the session's cookies can hold.
    TooLarge = "ERR_SESSION_TOO_LARGE", "the session does not fit its cookies";
    /// A page of another origin sent the request, which may change something, with the visitor's cookies. The
    /// session is neither read nor begun. The response is 403, and the visitor stays signed in.
    CrossSite = "ERR_SESSION_CROSS_SITE", "the request comes from another origin";
    /// The login that the session belongs to was ended: by a logout, a newer login, or an administrator.
    Ended = "ERR_SESSION_ENDED", "the login has ended";
    /// The token is a copy: the login was renewed since, and the token that replaced this one is in use. The login has
    /// ended for all its tokens, since nobody can tell whose copy is the thief's.
    Reused = "ERR_SESSION_REUSED", "the token was used again after its renewal";
    /// The session is valid, but its user signed in too long ago for what was asked.
    NotFresh = "ERR_SESSION_NOT_FRESH", "the user has to sign in again";
    /// The session is valid, but not bound to a device, which `RequireBound` of the feature `dbsc` asks for.
    NotBound = "ERR_SESSION_NOT_BOUND", "the session is not bound to the browser's device";
    /// The user has as many logins as the session allows.
    TooManyLogins = "ERR_SESSION_TOO_MANY_LOGINS", "there are too many logins of this user";
    /// The `on_read` hook refused the session.
    Refused = "ERR_SESSION_REFUSED", "the session was refused by a hook";
    /// A hook returned an error.
    Hook = "ERR_SESSION_HOOK", "a session hook failed";
    /// An update of an empty session lacks a field that has no default.
    MissingField = "ERR_SESSION_MISSING_FIELD", "a new session needs this field";
    /// The operation needs a session, but there is none.
    NoSession = "ERR_SESSION_NONE", "there is no session";
    /// The data cannot be written as a JSON object, uses a reserved claim name, or would make a token that
    /// the session itself refuses. That is the service's fault, and the response is 500.
    Unserializable = "ERR_SESSION_UNSERIALIZABLE", "the session's data cannot become claims";
    /// An update while another write is not final, because its `on_update` is running, or the reading whose
    /// hook made it. An update based on that write might send data that is refused later.
    Conflict = "ERR_SESSION_CONFLICT", "another write of the session is under way";
    /// The response head has been sent, so a cookie can no longer be set.
    ResponseSent = "ERR_SESSION_RESPONSE_SENT", "the response head has already been sent";
    /// Too many slow key operations are waiting. The response is 503, and the visitor stays signed in.
    Overloaded = "ERR_SESSION_OVERLOADED", "too many slow key operations are waiting";
    /// Something that the session depends on, such as a hook's database, is unavailable. The response is 503,
    /// and the visitor stays signed in.
    Unavailable = "ERR_SESSION_UNAVAILABLE", "the session cannot be checked now";
    /// The request did not pass the layer that `install` adds.
    NotInstalled = "ERR_SESSION_NOT_INSTALLED", "the route is outside the router that `install` built";
    /// The cryptographic library failed, which is not the client's fault.
    Crypto = "ERR_CRYPTO", "a cryptographic operation failed";
}
