//! Cookies and headers as carriers of a token: reading candidates, writing `Set-Cookie` lines.

pub(crate) mod attributes;
pub(crate) mod caching;
mod chunks;
pub(crate) mod offer;
pub(crate) mod read;
pub(crate) mod write;

use crate::spec::Spec;

/// What the first cookie holds when the token lies in chunks; the number of chunks follows. As h3 writes it.
pub(crate) const CHUNK_MARKER: &str = "__chunked__";

/// The longest token of a session, in characters: what its cookies hold together.
pub(crate) fn max_token_len(spec: &Spec) -> usize {
    // What header fields of common servers hold, where no cookie sets a bound.
    const HEADER_ONLY: usize = 16 * 1024;
    spec.cookie.map_or(HEADER_ONLY, |cookie| {
        cookie.chunk_max_length.max(unjwt_rules::cookie::LINE_LIMIT) * cookie.max_chunks.max(1)
    })
}

/// A positive decimal number of at most three digits without a sign or a leading zero, as both sides write it.
pub(crate) fn parse_count(digits: &str) -> Option<usize> {
    let canonical = (1..=3).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    if canonical { digits.parse().ok() } else { None }
}
