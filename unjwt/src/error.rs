//! What can go wrong with a token or a session while a request is served.

use std::borrow::Cow;
use std::fmt;

use http::StatusCode;

use crate::config_error::KeyError;

/// Why a token was refused or an operation on a session failed.
///
/// Opaque, so that later versions can carry more: ask [`kind`](Error::kind) or compare [`code`](Error::code).
///
/// # Security
///
/// Neither `Display` nor `Debug` ever contains a token, a claim or a key. What a client is told is less still:
/// [`SessionRejection`](crate::SessionRejection) answers every one of these with the same 401.
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    detail: Cow<'static, str>,
    /// The status that a hook chose.
    status: Option<StatusCode>,
}

impl Error {
    pub(crate) const fn new(kind: ErrorKind, detail: &'static str) -> Self {
        Self { kind, detail: Cow::Borrowed(detail), status: None }
    }

    pub(crate) const fn hook(status: StatusCode) -> Self {
        Self { kind: ErrorKind::Hook, detail: Cow::Borrowed(""), status: Some(status) }
    }

    /// `reason` is made of the program's own names and words.
    pub(crate) const fn explained(kind: ErrorKind, reason: String) -> Self {
        Self { kind, detail: Cow::Owned(reason), status: None }
    }

    /// `reason` says what the request said of its origin, cut to a bounded length.
    pub(crate) const fn cross_site(reason: String) -> Self {
        Self { kind: ErrorKind::CrossSite, detail: Cow::Owned(reason), status: None }
    }

    pub(crate) const fn hook_status(&self) -> Option<StatusCode> {
        self.status
    }

    /// What went wrong.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// A stable code for logs and metrics, as npm `unjwt` names them where it has one.
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }
}

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

impl std::error::Error for Error {}

/// A key that a hook found and that cannot be used is the service's fault, not the client's.
impl From<KeyError> for Error {
    fn from(KeyError(reason): KeyError) -> Self {
        Self { kind: ErrorKind::KeyUnusable, detail: Cow::Owned(reason), status: None }
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
    /// The payload is not the JSON object that the session's struct describes. The message names the member's path and the
    /// reason, in the program's own names.
    PayloadInvalid = "ERR_JWT_PAYLOAD_INVALID", "the payload does not fit the session";
    /// The signed token's structure or header is wrong (RFC 7515 §5.2).
    JwsInvalid = "ERR_JWS_INVALID", "malformed signed token";
    /// The signature does not fit (RFC 7515 §5.2).
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
    /// No key has the token's `kid`, or none of its type.
    KeyNotFound = "ERR_JWK_KEY_NOT_FOUND", "no key fits the token";
    /// The key given to [`jose`](crate::jose), or found by `key_lookup`, is malformed, too weak, or cannot do what was asked
    /// of it. That is this service's fault and not the token's.
    KeyUnusable = "ERR_JWK_UNUSABLE", "the key cannot be used";
    /// A chunk of the session cookie is missing or the set is malformed.
    ChunksIncomplete = "ERR_SESSION_CHUNKS_INCOMPLETE", "the session cookie's chunks are incomplete";
    /// The token is longer than the session's cookies can hold.
    TooLarge = "ERR_SESSION_TOO_LARGE", "the session does not fit its cookies";
    /// A page of another origin sent the request, which may change something, with the visitor's cookies: the session is
    /// neither read nor begun. The answer is 403, and nobody is logged out.
    CrossSite = "ERR_SESSION_CROSS_SITE", "the request comes from another origin";
    /// The `on_read` hook refused the session.
    Refused = "ERR_SESSION_REFUSED", "the session was refused by a hook";
    /// A hook returned an error.
    Hook = "ERR_SESSION_HOOK", "a session hook failed";
    /// An update of an empty session lacks a field that has no default.
    MissingField = "ERR_SESSION_MISSING_FIELD", "a new session needs this field";
    /// The operation needs a session and there is none.
    NoSession = "ERR_SESSION_NONE", "there is no session";
    /// The data cannot be written as a JSON object, takes a reserved claim name, or makes a token that the session itself
    /// would refuse. The service's own doing: as a response 500.
    Unserializable = "ERR_SESSION_UNSERIALIZABLE", "the session's data cannot become claims";
    /// An update while a write of somebody else is not final: its `on_update` runs, or the reading does whose hook wrote it. To
    /// build on it would be to send what may yet be refused.
    Conflict = "ERR_SESSION_CONFLICT", "another write of the session is under way";
    /// The response head has gone; a cookie can no longer be set.
    ResponseSent = "ERR_SESSION_RESPONSE_SENT", "the response head has already been sent";
    /// Too many slow key operations are waiting; the answer is 503, not a logout.
    Overloaded = "ERR_SESSION_OVERLOADED", "too many slow key operations are waiting";
    /// Something that the session depends on is out, a hook's database for example; the answer is 503, not a logout.
    Unavailable = "ERR_SESSION_UNAVAILABLE", "the session cannot be checked now";
    /// The request did not pass the layer that `install` adds.
    NotInstalled = "ERR_SESSION_NOT_INSTALLED", "the route is outside the router that `install` built";
    /// The cryptographic library failed; this is not the client's doing.
    Crypto = "ERR_CRYPTO", "a cryptographic operation failed";
}
