//! Cookies and headers as carriers of a token: reading candidates, writing `Set-Cookie` lines.

pub(crate) mod attributes;
pub(crate) mod caching;
mod chunks;
mod date;
pub(crate) mod offer;
pub(crate) mod read;
pub(crate) mod text;
pub(crate) mod write;

use crate::spec::Spec;

/// The beginning of the main cookie's value if the token is split into chunks; the number of chunks follows.
/// The format is that of h3.
pub(crate) const CHUNK_MARKER: &str = "__chunked__";

/// Returns the maximum length of a session's token in characters, which is the total capacity of its cookies.
pub(crate) fn max_token_len(spec: &Spec) -> usize {
    // The common limit of servers for header fields, which applies to sessions without a cookie.
    const HEADER_ONLY: usize = 16 * 1024;
    spec.cookie.map_or(HEADER_ONLY, |cookie| {
        cookie.chunk_max_length.max(unjwt_rules::cookie::LINE_LIMIT) * cookie.max_chunks.max(1)
    })
}

/// Parses a positive decimal number of at most three digits, without a sign or a leading zero.
pub(crate) fn parse_count(digits: &str) -> Option<usize> {
    let canonical = (1..=3).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    if canonical { digits.parse().ok() } else { None }
}
