//! The functions that the fuzz targets reach beside the public API: those of the cookies, without a token in
//! them.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::cookie::attributes::Attributes;
use crate::cookie::read::{TokenText, offer};
use crate::cookie::write::CookieWriter;
use crate::spec::{CookieSpec, Spec, TokenSource};
use crate::{Error, NumericDate};

/// The parts of a request that concern a session.
#[derive(Debug, PartialEq, Eq)]
pub struct Offered {
    /// The tokens in the order in which they are tried; `None` for one whose chunks are incomplete.
    pub tokens: Vec<(TokenSource, Option<String>)>,
    /// The numbers of the chunks that the client holds.
    pub chunks: Vec<usize>,
}

/// Collects the tokens for a session from a request's headers.
pub fn offered(headers: &HeaderMap, spec: &Spec) -> Offered {
    let name = spec.header.and_then(|name| HeaderName::from_bytes(name.as_bytes()).ok());
    let offer = offer(headers, spec, Some(spec.name), name.as_ref());
    let token = |token: &Option<TokenText<'_>>| token.as_deref().map(str::to_owned);
    Offered {
        tokens: offer.candidates().map(|candidate| (candidate.source, token(&candidate.token))).collect(),
        chunks: offer.chunks,
    }
}

/// The `Set-Cookie` lines for a token.
pub fn set_cookies(
    name: &str,
    spec: &CookieSpec,
    token: &str,
    expires_at: Option<NumericDate>,
    now: NumericDate,
    held_chunks: &[usize],
) -> Result<Vec<HeaderValue>, Error> {
    writer(name, spec).set(token, expires_at, now, held_chunks)
}

/// The `Set-Cookie` lines that remove the session from the client.
pub fn remove_cookies(
    name: &str,
    spec: &CookieSpec,
    held_chunks: &[usize],
) -> Result<Vec<HeaderValue>, Error> {
    writer(name, spec).remove(held_chunks)
}

fn writer(name: &str, spec: &CookieSpec) -> CookieWriter {
    CookieWriter::new(name, spec, Attributes::new(spec, spec.path, spec.domain, spec.secure))
}
