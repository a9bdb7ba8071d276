//! The text of a token, borrowed from the request.

use std::ops::Deref;
use std::slice;
use std::sync::OnceLock;

use http::HeaderValue;

/// The text of a token, borrowed from the request. Dereferences to the whole text.
pub(crate) enum TokenText<'h> {
    Within {
        field: &'h HeaderValue,
        text: &'h str,
    },
    /// A token that did not come in a header field.
    Alone(&'h str),
    Chunked(Chunked<'h>),
}

/// A token in several cookies. What is remembered of tokens is found by the chunks themselves, so they are joined only for
/// a token that is not, or when somebody wants its text.
pub(crate) struct Chunked<'h> {
    chunks: Box<[&'h str]>,
    whole: OnceLock<String>,
}

impl<'h> Chunked<'h> {
    pub(super) fn new(chunks: Box<[&'h str]>) -> Self {
        Self { chunks, whole: OnceLock::new() }
    }

    fn into_whole(self) -> String {
        self.whole.into_inner().unwrap_or_else(|| self.chunks.concat())
    }
}

impl<'h> TokenText<'h> {
    /// Returns the pieces in which the token came, one or more.
    pub(crate) fn pieces(&self) -> &[&'h str] {
        match self {
            Self::Within { text, .. } | Self::Alone(text) => slice::from_ref(text),
            Self::Chunked(Chunked { chunks, .. }) => chunks,
        }
    }

    /// Returns the length in bytes, for which nothing is joined.
    pub(crate) fn len(&self) -> usize {
        self.pieces().iter().map(|piece| piece.len()).sum()
    }
}

impl Deref for TokenText<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Within { text, .. } | Self::Alone(text) => text,
            Self::Chunked(Chunked { chunks, whole }) => whole.get_or_init(|| chunks.concat()),
        }
    }
}

impl From<TokenText<'_>> for String {
    fn from(text: TokenText<'_>) -> Self {
        match text {
            TokenText::Within { text, .. } | TokenText::Alone(text) => text.to_owned(),
            TokenText::Chunked(chunked) => chunked.into_whole(),
        }
    }
}

impl PartialEq for TokenText<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && **self == **other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined_when_they_are_needed() {
        let text = TokenText::Chunked(Chunked::new(["ab", "c"].into()));
        assert_eq!((text.len(), text.pieces()), (3, &["ab", "c"][..]));
        let TokenText::Chunked(chunked) = &text else { unreachable!() };
        assert!(chunked.whole.get().is_none());
        assert!(text == TokenText::Alone("abc") && text != TokenText::Alone("abd"));
        assert_eq!(chunked.whole.get().map(String::as_str), Some("abc"));
        assert_eq!(String::from(text), "abc");
        assert_eq!(String::from(TokenText::Chunked(Chunked::new(["a", "b"].into()))), "ab");
    }
}
