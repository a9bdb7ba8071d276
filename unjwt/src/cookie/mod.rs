//! Cookies and headers as carriers of a token: reading candidates, writing `Set-Cookie` lines.

pub(crate) mod attributes;
pub(crate) mod read;
pub(crate) mod write;

/// What the first cookie holds when the token lies in chunks; the number of chunks follows. As h3 writes it.
pub(crate) const CHUNK_MARKER: &str = "__chunked__";

/// The most chunk cookies of a request that are noticed, so that a client cannot make us write without bound; more
/// where the session itself may have more.
pub(crate) const CHUNKS_NOTICED: usize = 32;

/// A positive decimal number of at most three digits without a sign or a leading zero, as both sides write it.
pub(crate) fn parse_count(digits: &str) -> Option<usize> {
    let canonical = (1..=3).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    if canonical { digits.parse().ok() } else { None }
}
