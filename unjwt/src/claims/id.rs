//! A token's id without a copy of it.

use std::ops::Range;
use std::sync::Arc;

use crate::util::subslice::{range_of, text_at};

/// `jti` as text, or where it stands in the payload: most handlers never ask for it.
#[derive(Clone, Debug)]
pub(crate) enum Id {
    Own(Arc<str>),
    Within(Range<usize>),
}

impl Id {
    /// The id that was read from this payload.
    pub(crate) fn of(id: &str, payload: &[u8]) -> Self {
        range_of(id, payload).map_or_else(|| Self::Own(id.into()), Self::Within)
    }

    /// The text; of an id that stands in a payload, in that payload.
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
        // An id with an escape in it is read into memory of its own.
        for (id, payload) in [(within, &payload[..10]), (&*"abc".to_owned(), payload)] {
            let id = Id::of(id, payload);
            assert!(matches!(id, Id::Own(_)));
            assert_eq!(&*id.into_text(payload), "abc");
        }
    }
}
