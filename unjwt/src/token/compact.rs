//! The dots of a compact serialisation.

/// The token's segments, if there are exactly `N`.
pub(crate) fn split<const N: usize>(token: &str) -> Option<[&str; N]> {
    let mut segments = [""; N];
    let mut parts = token.split('.');
    for segment in &mut segments {
        *segment = parts.next()?;
    }
    parts.next().is_none().then_some(segments)
}

/// What stands before the token's last dot: a JWS's signing input (RFC 7515 §5.2).
pub(crate) fn before_last_dot(token: &str) -> &str {
    token.rsplit_once('.').map_or("", |(front, _)| front)
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
