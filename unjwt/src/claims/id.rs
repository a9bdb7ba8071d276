//! A token's id, copied only on demand.

use std::ops::Range;
use std::sync::Arc;

use crate::util::subslice::{range_of, text_at};

/// `jti` as text, or as its range in the payload: most handlers never need it, so it is not copied.
#[derive(Clone, Debug)]
pub(crate) enum Id {
    Own(Arc<str>),
    Within(Range<usize>),
}

impl Id {
    /// Returns the id that was read from this payload.
    pub(crate) fn of(id: &str, payload: &[u8]) -> Self {
        range_of(id, payload).map_or_else(|| Self::Own(id.into()), Self::Within)
    }

    /// Returns the text; `payload` must be the one from which the id was read.
    pub(crate) fn into_text(self, payload: &[u8]) -> Arc<str> {
        match self {
            Self::Own(id) => id,
            Self::Within(place) => text_at(payload, place).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_itself_in_its_payload_only() {
        let payload = br#"{"jti":"abc"}"#;
        let within = std::str::from_utf8(&payload[8..11]).unwrap();
        assert!(matches!(Id::of(within, payload), Id::Within(Range { start: 8, end: 11 })));
        assert_eq!(&*Id::Within(8..11).into_text(payload), "abc");
        // An id with an escape sequence is unescaped into its own memory.
        for (id, payload) in [(within, &payload[..10]), (&*"abc".to_owned(), payload)] {
            let id = Id::of(id, payload);
            assert!(matches!(id, Id::Own(_)));
            assert_eq!(&*id.into_text(payload), "abc");
        }
    }
}
