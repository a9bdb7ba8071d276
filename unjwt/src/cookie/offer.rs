//! The candidates of a request: a limited number, in which values that cannot be tokens take no places.

use super::text::TokenText;
use crate::spec::{Protection, Spec, TokenSource};

/// The maximum number of tokens of one source that are kept.
pub(super) const PLACES: usize = 16;

/// One token that may be the session.
#[derive(PartialEq)]
pub(crate) struct Candidate<'h> {
    pub(crate) source: TokenSource,
    /// `None` if a chunk is missing or the marker is malformed.
    pub(crate) token: Option<TokenText<'h>>,
}

/// The shape of a session's tokens, as far as it can be checked cheaply.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    dots: usize,
    pub(super) max_len: usize,
}

impl Shape {
    pub(super) fn of(spec: &Spec) -> Self {
        let dots = match spec.protection {
            Protection::Jws { .. } => 2,
            Protection::Jwe { .. } => 4,
        };
        Self { dots, max_len: super::max_token_len(spec) }
    }

    /// Returns whether the text has the right number of base64url segments (RFC 7515 §7.1, RFC 7516 §7.1).
    pub(super) fn fits(self, text: &str) -> bool {
        let is_base64url = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        text.len() <= self.max_len
            && text.bytes().filter(|byte| *byte == b'.').count() == self.dots
            && text.as_bytes().iter().all(|byte| *byte == b'.' || is_base64url(byte))
    }
}

/// The candidates of a request for one session.
#[derive(Default)]
pub(crate) struct Offer<'h> {
    first: Option<Candidate<'h>>,
    /// The candidates after the first.
    more: Vec<Candidate<'h>>,
    /// The numbers of the chunk cookies that the client holds, which are needed to delete them.
    pub(crate) chunks: Vec<usize>,
}

impl<'h> Offer<'h> {
    /// Returns the candidates in the order in which they are tried.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = &Candidate<'h>> {
        self.first.iter().chain(&self.more)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none() && self.more.is_empty()
    }

    /// Returns the number of candidates of all sources.
    pub(crate) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.more.len()
    }

    /// Removes and returns the next candidate.
    pub(crate) fn take_next(&mut self) -> Option<Candidate<'h>> {
        let next_of = |more: &mut Vec<Candidate<'h>>| (!more.is_empty()).then(|| more.remove(0));
        self.first.take().or_else(|| next_of(&mut self.more))
    }

    /// Removes the candidates at these places.
    pub(crate) fn drop_at(&mut self, places: &[usize]) {
        let all = self.first.take().into_iter().chain(self.more.drain(..)).enumerate();
        let mut left = all.filter(|(place, _)| !places.contains(place)).map(|(_, candidate)| candidate);
        let (first, more) = (left.next(), left.collect());
        (self.first, self.more) = (first, more);
    }

    /// Creates an offer of a token that did not come in the session's cookie or header.
    pub(crate) fn of_token(token: &'h str) -> Self {
        let token = Some(TokenText::Alone(token));
        Self { first: Some(Candidate { source: TokenSource::Header, token }), ..Self::default() }
    }

    /// Reduces the candidates of each source to at most `most`: the first ones that `may_open` accepts as
    /// possible tokens of the session, or, if there are none, the first candidate, which gives the reason why
    /// there is no session. Each source has its own places, so that tokens planted in one do not hide those
    /// of the other.
    ///
    /// `may_open` is not called if there are few enough candidates: most requests have a single one.
    pub(crate) fn narrow(&mut self, most: usize, may_open: impl Fn(&str) -> bool) {
        for source in [TokenSource::Cookie, TokenSource::Header] {
            if self.of(source) <= most {
                continue;
            }
            let may_open = |candidate: &Candidate<'_>| candidate.token.as_deref().is_some_and(&may_open);
            let any = self.candidates().any(|candidate| candidate.source == source && may_open(candidate));
            let mut left = if any { most } else { 1 };
            let mut stays = |candidate: &Candidate<'_>| {
                let stays = candidate.source != source || left > 0 && (!any || may_open(candidate));
                left -= usize::from(stays && candidate.source == source);
                stays
            };
            if self.first.as_ref().is_some_and(|first| !stays(first)) {
                self.first = None;
            }
            self.more.retain(stays);
        }
    }

    /// Adds a candidate, unless it is a duplicate, cannot be a token, or all places are taken. The first of a
    /// source is always kept: if no other comes, it gives the reason why there is no session.
    pub(super) fn push(&mut self, source: TokenSource, token: Option<TokenText<'h>>, shape: Shape) {
        if self.is_empty() {
            self.first = Some(Candidate { source, token });
            return;
        }
        let held = self.of(source);
        let fits = held == 0 || token.as_deref().is_some_and(|text| shape.fits(text));
        let candidate = Candidate { source, token };
        if !fits || held >= PLACES || self.candidates().any(|known| *known == candidate) {
            return;
        }
        if self.first.is_none() {
            self.first = Some(candidate);
        } else {
            self.more.push(candidate);
        }
    }

    fn of(&self, source: TokenSource) -> usize {
        self.candidates().filter(|candidate| candidate.source == source).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape { dots: 2, max_len: 20 };

    fn offer<'h>(tokens: &[(TokenSource, &'h str)]) -> Offer<'h> {
        let mut offer = Offer::default();
        for (source, token) in tokens {
            offer.push(*source, Some(TokenText::Alone(token)), SHAPE);
        }
        offer
    }

    fn texts(offer: &Offer<'_>) -> Vec<String> {
        offer.candidates().map(|candidate| candidate.token.as_deref().unwrap().to_owned()).collect()
    }

    use TokenSource::{Cookie, Header};

    #[test]
    fn what_cannot_be_a_token_takes_no_place() {
        for garbage in ["x", "", "a.b", "a.b.c.d", "a.b.c=", "a b.c.d", "a.b.ccccccccccccccccccccc", "a.b.ü"]
        {
            assert!(!SHAPE.fits(garbage), "{garbage}");
        }
        assert!(SHAPE.fits("aZ0-_.b."));

        let mut tokens =
            vec![(Cookie, "garbage"), (Cookie, "more garbage"), (Cookie, "a.b.c"), (Cookie, "a.b.c")];
        assert_eq!(texts(&offer(&tokens)), ["garbage", "a.b.c"]);
        tokens.push((Header, "garbage"));
        assert_eq!(texts(&offer(&tokens)), ["garbage", "a.b.c", "garbage"], "of another source");
    }

    #[test]
    fn each_source_has_its_own_places() {
        let numbers: Vec<String> = (0..40).map(|number| format!("{number}.b.c")).collect();
        for [one, other] in [[Cookie, Header], [Header, Cookie]] {
            let mut tokens: Vec<_> = numbers.iter().map(|token| (one, token.as_str())).collect();
            tokens.push((other, "good.b.c"));
            let mut offer = offer(&tokens);
            assert_eq!(offer.candidates().count(), PLACES + 1);
            offer.narrow(4, |_| true);
            assert_eq!(texts(&offer), ["0.b.c", "1.b.c", "2.b.c", "3.b.c", "good.b.c"]);
        }
    }

    #[test]
    fn those_that_may_open_stay() {
        let tokens =
            [(Cookie, "0.b.c"), (Cookie, "1.b.c"), (Cookie, "x.b.c"), (Cookie, "y.b.c"), (Header, "2.b.c")];
        for (most, expected) in [
            (4, &["0.b.c", "1.b.c", "x.b.c", "y.b.c", "2.b.c"][..]),
            (3, &["x.b.c", "y.b.c", "2.b.c"]),
            (1, &["x.b.c", "2.b.c"]),
        ] {
            let mut offer = offer(&tokens);
            offer.narrow(most, |token| token.starts_with(['x', 'y']));
            assert_eq!(texts(&offer), expected, "{most}");
        }
        let mut offer = offer(&tokens);
        offer.narrow(2, |_| false);
        assert_eq!(texts(&offer), ["0.b.c", "2.b.c"], "the first says why");
    }
}
