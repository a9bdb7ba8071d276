//! The tokens of a session whose type is not known.

#[cfg(feature = "axum-core")]
use std::sync::Arc;

use http::HeaderValue;

use super::{Inner, Tokens};
use crate::cookie::write::CookieWriter;
use crate::session::SessionType;
use crate::spec::Spec;
use crate::token::KeyDigest;

/// The part of a session's tokens that responses need.
pub(crate) trait AnyTokens: Send + Sync {
    fn spec(&self) -> &'static Spec;
    /// Returns the name of the session's cookie, if it has one.
    fn cookie_name(&self) -> Option<&str>;
    /// Returns the digests of the keys with which the session reads tokens.
    fn key_digests(&self) -> Vec<KeyDigest>;
    /// Returns whether a token must name an audience.
    fn requires_audience(&self) -> bool;
    /// Returns the `Vary` line of a response that requested this session alone.
    fn vary(&self) -> Option<&HeaderValue>;
}

impl<T: SessionType> AnyTokens for Inner<T> {
    fn spec(&self) -> &'static Spec {
        self.spec
    }

    fn cookie_name(&self) -> Option<&str> {
        self.cookie.as_ref().map(CookieWriter::name)
    }

    fn key_digests(&self) -> Vec<KeyDigest> {
        self.keys.digests()
    }

    fn requires_audience(&self) -> bool {
        self.reserved.aud
    }

    fn vary(&self) -> Option<&HeaderValue> {
        self.vary.as_ref()
    }
}

impl<T: SessionType> Tokens<T> {
    /// Returns the name of the session's cookie, if it has one.
    #[cfg(feature = "dbsc")]
    pub(crate) fn cookie_name(&self) -> Option<&str> {
        self.0.cookie_name()
    }

    pub(crate) fn as_any(&self) -> &dyn AnyTokens {
        &*self.0
    }

    #[cfg(feature = "axum-core")]
    pub(crate) fn to_any(&self) -> Arc<dyn AnyTokens> {
        Arc::clone(&self.0) as _
    }
}
