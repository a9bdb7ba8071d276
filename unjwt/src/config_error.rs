//! Errors of a configuration, reported when the process starts.

use crate::alg::{Enc, JweAlg, JwsAlg};

/// The reason why [`Config::build`](crate::Config::build) or [`install`](crate::install) refused a
/// configuration.
///
/// Each variant carries the offending value, except where the value is a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A key is malformed, too weak, inconsistent, or contradicts the session's attribute.
    #[error("{session}: the key cannot be used: {reason}")]
    Key {
        /// The session's type.
        session: String,
        /// The problem, without the key itself.
        reason: String,
    },
    /// Keys from a file, an address or a closure could not be loaded.
    #[error("{origin}: {reason}")]
    KeySource {
        /// `KeyRing` or `RemoteKeys`.
        origin: &'static str,
        /// The problem and how to correct it, without the keys.
        reason: String,
    },
    /// A value for a cookie attribute is one that no browser would store.
    #[error("{session}: cookie {attribute} `{value}`: {reason}")]
    Cookie {
        /// The session's type.
        session: String,
        /// The cookie attribute.
        attribute: &'static str,
        /// The offending value.
        value: String,
        /// The problem and how to correct it.
        reason: String,
    },
    /// A claim policy value is unusable.
    #[error("{session}: {claim} `{value}`: {reason}")]
    Policy {
        /// The session's type.
        session: String,
        /// The claim.
        claim: &'static str,
        /// The offending value.
        value: String,
        /// The problem and how to correct it.
        reason: String,
    },
    /// A value for cross-site requests is not an origin, or the session never checks origins.
    #[error("{session}: {setting} `{value}`: {reason}")]
    Origin {
        /// The session's type.
        session: String,
        /// `trust_origin` or `public_origin`.
        setting: &'static str,
        /// The offending value, with any password removed.
        value: String,
        /// The problem and how to correct it.
        reason: String,
    },
    /// Two installed sessions would read each other's tokens.
    #[error("sessions `{first}` and `{second}` share the {what} `{value}`: give one of them another name")]
    Clash {
        /// The type installed first.
        first: String,
        /// The type installed second.
        second: String,
        /// `cookie name` or `header`.
        what: &'static str,
        /// The shared name.
        value: String,
    },
    /// Two installed sessions of different names would accept each other's tokens, since they share a key and
    /// a `typ` (RFC 8725 §3.11).
    #[error(
        "`{first}` and `{second}` would accept each other's tokens, since they share a key and the `typ` `{typ}`: give \
         one of them a key of its own, or its own `typ`{secret}",
        secret = if *.encrypted { "; `JweKey::secret` makes a key for each cookie name" } else { "" }
    )]
    SharedKey {
        /// The type installed first.
        first: String,
        /// The type installed second.
        second: String,
        /// Their `typ`.
        typ: String,
        /// `true` if both are JWE, so that `JweKey::secret` is a solution.
        encrypted: bool,
    },
    /// A session with neither cookie nor header cannot be installed, since no request can carry it. Its
    /// tokens are made and read with [`Tokens`](crate::Tokens), from [`Config::build`](crate::Config::build).
    #[error(
        "{session}: a session with `cookie = false` and `header = false` cannot be installed in a router; use `build()`"
    )]
    NoSource {
        /// The session's type.
        session: String,
    },
    /// A revocable session has no store of its logins.
    #[error("{session}: the session is revocable, and its configuration has no store: add `.store(..)`")]
    StoreMissing {
        /// The session's type.
        session: String,
    },
    /// A session belongs to the login of another one, which is not configured beside it.
    #[error(
        "{session}: the session belongs to the login of `{login}`: configure both in one call, as a tuple"
    )]
    LoginMissing {
        /// The session's type.
        session: String,
        /// The type of its login.
        login: String,
    },
    /// The name of an algorithm is unknown to this crate.
    #[error("unknown algorithm `{0}`{meant}", meant = spelling(.0))]
    UnknownAlgorithm(String),
}

/// Returns a suggestion if the name differs from that of a known algorithm only in case.
fn spelling(name: &str) -> String {
    let jws = JwsAlg::ALL.iter().map(|alg| alg.name());
    let jwe = JweAlg::ALL.iter().map(|alg| alg.name());
    let enc = Enc::ALL.iter().map(|enc| enc.name());
    jws.chain(jwe)
        .chain(enc)
        .find(|known| known.eq_ignore_ascii_case(name))
        .map(|known| format!(": did you mean `{known}`?"))
        .unwrap_or_default()
}

/// The reason why a key was refused, which never quotes the key. It becomes [`ConfigError::Key`] once the
/// session is known, or an error of the kind [`KeyUnusable`](crate::ErrorKind::KeyUnusable) while a request
/// is served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeyError(pub(crate) String);

impl KeyError {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }

    /// Marks the error as that of a key that was passed to `also_reads`.
    pub(crate) fn retired(self) -> Self {
        Self(format!("`also_reads`: {}", self.0))
    }

    pub(crate) fn for_session(self, session: &str) -> ConfigError {
        ConfigError::Key { session: session.to_owned(), reason: self.0 }
    }
}

/// The algorithms that the attribute pins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pins {
    pub(crate) jws: Option<JwsAlg>,
    pub(crate) jwe: Option<JweAlg>,
    pub(crate) enc: Option<Enc>,
}
