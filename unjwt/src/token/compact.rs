//! The dots of a compact serialisation.

/// The token's segments, if there are exactly `N`.
pub(crate) fn split<const N: usize>(token: &str) -> Option<[&str; N]> {
    let mut segments = [""; N];
    let mut dots = memchr::memchr_iter(b'.', token.as_bytes());
    let mut start = 0;
    for segment in &mut segments {
        let end = dots.next().unwrap_or(token.len());
        // Past the last dot `start` lies behind the end: there is no such segment.
        *segment = token.get(start..end)?;
        start = end + 1;
    }
    (start > token.len()).then_some(segments)
}

/// The text before the token's last dot: a JWS's signing input (RFC 7515 §5.2).
pub(crate) fn before_last_dot(token: &str) -> &str {
    memchr::memrchr(b'.', token.as_bytes()).and_then(|dot| token.get(..dot)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_segments_exactly() {
        assert_eq!(split::<3>("a.b.c"), Some(["a", "b", "c"]));
        assert_eq!(split::<3>(".."), Some(["", "", ""]));
        assert_eq!(split::<5>("a..c.d.e"), Some(["a", "", "c", "d", "e"]));
        for token in ["", "a", "a.b", "a.b.c.", "a.b.c.d", ".a.b.c"] {
            assert_eq!(split::<3>(token), None, "{token}");
        }
        assert_eq!(before_last_dot("a.b.c"), "a.b");
        assert_eq!(before_last_dot("abc"), "");
    }
}
