//! Texts of a limited length.

use std::fmt::{self, Display, Write as _};

/// A text of up to `N` bytes; writing more is an error.
#[derive(Default)]
pub(super) struct Short<const N: usize>(pub(super) String);

impl<const N: usize> fmt::Write for Short<N> {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let room = N.saturating_sub(self.0.len());
        let end = (0..=room.min(more.len())).rev().find(|&end| more.is_char_boundary(end)).unwrap_or(0);
        self.0.push_str(more.get(..end).unwrap_or_default());
        if end == more.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

/// The beginning of a message, long enough to identify it.
pub(super) struct Beginning(Short<64>);

impl Beginning {
    pub(super) fn of(message: &impl Display) -> Self {
        let mut text = Short::default();
        // An error only means that the message is longer; the rest is not needed.
        let _ = write!(text, "{message}");
        Self(text)
    }

    pub(super) fn text(&self) -> &str {
        &self.0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_ends_where_it_is_full_and_within_no_character() {
        let mut text = Short::<4>::default();
        assert!(text.write_str("ab").is_ok());
        assert!(text.write_str("c\u{e9}").is_err());
        assert_eq!(text.0, "abc");
        assert!(text.write_str("d").is_ok());
        assert!(text.write_str("").is_ok());
        assert!(text.write_str("e").is_err());
        assert_eq!(Beginning::of(&"x".repeat(100)).text(), "x".repeat(64));
    }
}
