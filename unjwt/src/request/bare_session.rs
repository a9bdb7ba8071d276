//! A session whose data a handler has taken out.

use std::any::Any;
use std::ops::Range;
use std::sync::Arc;

use http::HeaderValue;

use crate::claims::Facts;
use crate::cookie::read::TokenText;
use crate::session::current::{CompactToken, Source};
use crate::session::tokens::open::Bytes;
use crate::util::subslice::{range_of, text_at};

/// A session without its data, which is found again when it is needed.
pub(crate) struct BareSession {
    pub(crate) facts: Facts,
    pub(crate) rest: Rest,
    pub(crate) token: KeptToken,
    pub(crate) source: Source,
}

/// The data of a session whose struct a handler has.
#[cfg_attr(not(feature = "axum-core"), allow(dead_code))] // Only an extractor takes data out.
pub(crate) enum Rest {
    /// The payload, to be read again.
    Payload(Bytes),
    /// The struct, which the memory of tokens shares.
    Struct(Arc<dyn Any + Send + Sync>),
}

/// A request's token, copied only on demand: most handlers never need it.
#[cfg_attr(not(feature = "axum-core"), allow(dead_code))] // As above.
pub(crate) enum KeptToken {
    Within {
        field: HeaderValue,
        range: Range<usize>,
    },
    Own(String),
    /// The memory of tokens has it.
    Shared(CompactToken),
}

impl From<TokenText<'_>> for KeptToken {
    fn from(text: TokenText<'_>) -> Self {
        match text {
            TokenText::Within { field, text } => match range_of(text, field.as_bytes()) {
                Some(range) => Self::Within { field: field.clone(), range },
                None => Self::Own(text.to_owned()),
            },
            text => Self::Own(text.into()),
        }
    }
}

impl From<KeptToken> for CompactToken {
    fn from(token: KeptToken) -> Self {
        match token {
            KeptToken::Within { field, range } => Self::new(text_at(field.as_bytes(), range)),
            KeptToken::Own(text) => Self::new(text),
            KeptToken::Shared(token) => token,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_token_is_the_request_s() {
        let field = HeaderValue::from_static("a=1; sid=abc.def; b=2");
        let text = &field.to_str().unwrap()[9..16];
        let kept = KeptToken::from(TokenText::Within { field: &field, text });
        assert_eq!(CompactToken::from(kept).as_str(), "abc.def");
        let alone = KeptToken::from(TokenText::Alone("abc.def"));
        assert_eq!(CompactToken::from(alone).as_str(), "abc.def");
    }
}
