//! The tokens that a request offers for a session.

use std::mem;
use std::ops::Deref;

use http::header::COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::{CHUNK_MARKER, CHUNKS_NOTICED, parse_count};
use crate::session::spec::{Spec, TokenSource};

/// The most tokens of one request that are tried for one session.
const MAX_CANDIDATES: usize = 4;

/// A token of a request, where it stands.
pub(crate) enum TokenText<'h> {
    Within {
        field: &'h HeaderValue,
        text: &'h str,
    },
    /// From chunks.
    Joined(String),
}

impl Deref for TokenText<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Within { text, .. } => text,
            Self::Joined(text) => text,
        }
    }
}

impl PartialEq for TokenText<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

/// One token that may be the session.
#[derive(PartialEq)]
pub(crate) struct Candidate<'h> {
    pub(crate) source: TokenSource,
    /// `None`: a chunk of it is missing, or its marker is malformed.
    pub(crate) token: Option<TokenText<'h>>,
}

/// What a request brings for one session.
#[derive(Default)]
pub(crate) struct Offer<'h> {
    first: Option<Candidate<'h>>,
    /// What is to be tried after the first.
    more: Vec<Candidate<'h>>,
    /// The numbers of the chunk cookies that the client holds, for their deletion.
    pub(crate) chunks: Vec<usize>,
}

impl<'h> Offer<'h> {
    /// In the order in which they are to be tried.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = &Candidate<'h>> {
        self.first.iter().chain(&self.more)
    }

    /// The same, taken out.
    pub(crate) fn take_candidates(&mut self) -> impl Iterator<Item = Candidate<'h>> + use<'h> {
        self.first.take().into_iter().chain(mem::take(&mut self.more))
    }

    /// Adds a candidate, unless it is there already or there are enough. Of the places one is for each source, so that
    /// tokens planted in the one hide none in the other.
    fn push(&mut self, source: TokenSource, token: Option<TokenText<'h>>) {
        let candidate = Candidate { source, token };
        if self.candidates().any(|known| *known == candidate) {
            return;
        }
        if self.first.is_none() {
            self.first = Some(candidate);
        } else if self.more.len() < MAX_CANDIDATES - 1 {
            self.more.push(candidate);
        } else if let Some(last) = self.more.last_mut()
            && last.source != candidate.source
        {
            *last = candidate;
        }
    }
}

/// Collects the candidates for a session from a request's headers. `header` is the spec's, ready for look-ups.
pub(crate) fn offer<'h>(headers: &'h HeaderMap, spec: &Spec, header: Option<&HeaderName>) -> Offer<'h> {
    let mut offer = Offer::default();
    for source in spec.sources {
        match (source, header) {
            (TokenSource::Cookie, _) => from_cookies(headers, spec, &mut offer),
            (TokenSource::Header, Some(name)) => from_header(headers, name, &mut offer),
            (TokenSource::Header, None) => {}
        }
    }
    offer
}

fn from_header<'h>(headers: &'h HeaderMap, name: &HeaderName, offer: &mut Offer<'h>) {
    for value in headers.get_all(name) {
        let Some(text) = value.to_str().ok().and_then(credentials) else { continue };
        offer.push(TokenSource::Header, Some(TokenText::Within { field: value, text }));
    }
}

/// The token in a header's value: after `Bearer` in any case, or the value itself (RFC 6750 §2.1, RFC 9110 §11.4).
/// Another scheme's credentials are none of ours.
fn credentials(value: &str) -> Option<&str> {
    let value = value.trim();
    let token = match value.split_once(char::is_whitespace) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        Some(_) => return None,
        None if value.eq_ignore_ascii_case("bearer") => return None,
        None => value,
    };
    (!token.is_empty()).then_some(token)
}

fn from_cookies<'h>(headers: &'h HeaderMap, spec: &Spec, offer: &mut Offer<'h>) {
    let Some(cookie) = &spec.cookie else { return };
    let mut mains = [None; MAX_CANDIDATES];
    let mut free = mains.iter_mut();
    let mut chunks: Vec<(usize, &str)> = Vec::new();
    for (field, rest, value) in cookies(headers, spec.name) {
        if rest.is_empty() {
            if !value.is_empty()
                && let Some(main) = free.next()
            {
                *main = Some((field, value));
            }
        } else if let Some(number) = rest.strip_prefix('.').and_then(parse_count)
            && chunks.len() < CHUNKS_NOTICED.max(cookie.max_chunks)
        {
            chunks.push((number, value));
        }
    }
    for (nth, (field, main)) in mains.into_iter().flatten().enumerate() {
        let token = match main.strip_prefix(CHUNK_MARKER) {
            None => Some(TokenText::Within { field, text: main }),
            Some(count) => join(count, nth, &chunks, cookie.max_chunks).map(TokenText::Joined),
        };
        offer.push(TokenSource::Cookie, token);
    }
    for (number, _) in chunks {
        if !offer.chunks.contains(&number) {
            offer.chunks.push(number);
        }
    }
}

/// Joins the chunks of the `nth` marker. Where the client holds several sets (cookies of several paths or domains),
/// the sets come in one order, so the `nth` chunk of each number belongs to the `nth` marker.
fn join(count: &str, nth: usize, chunks: &[(usize, &str)], max_chunks: usize) -> Option<String> {
    let count = parse_count(count).filter(|count| *count <= max_chunks)?;
    let wanted = chunks.iter().filter(|(number, _)| (1..=count).contains(number));
    let mut token = String::with_capacity(wanted.map(|(_, value)| value.len()).sum());
    for wanted in 1..=count {
        let mut of_number = chunks.iter().filter(|(number, _)| *number == wanted).map(|(_, value)| *value);
        let first = of_number.next()?;
        let value = nth.checked_sub(1).and_then(|skip| of_number.nth(skip)).unwrap_or(first);
        if value.is_empty() {
            return None;
        }
        token.push_str(value);
    }
    Some(token)
}

/// The request's cookies whose names begin with `prefix`: the field, the rest of the name, and the value. HTTP/2 may
/// send several `Cookie` fields (RFC 9113 §8.2.3).
fn cookies<'h>(
    headers: &'h HeaderMap,
    prefix: &str,
) -> impl Iterator<Item = (&'h HeaderValue, &'h str, &'h str)> {
    let all = headers.get_all(COOKIE).into_iter();
    all.flat_map(|field| pairs(field.as_bytes()).map(move |pair| (field, pair))).filter_map(
        move |(field, pair)| {
            // Most cookies are others': nothing but their first bytes is looked at.
            let pair = pair.trim_ascii_start().strip_prefix(prefix.as_bytes())?;
            let (rest, value) = std::str::from_utf8(pair).ok()?.split_once('=')?;
            // White space before what follows the prefix makes it another name.
            Some((field, rest.trim_end_matches(WHITE_SPACE), value.trim_matches(WHITE_SPACE)))
        },
    )
}

/// What stands between the semicolons.
fn pairs(field: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(field);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some((pair, tail)) = memchr::memchr(b';', text).and_then(|end| text.split_at_checked(end)) else {
            rest = None;
            return Some(text);
        };
        rest = tail.get(1..);
        Some(pair)
    })
}

/// The white space of the grammar (RFC 6265 §5.2). Unicode has more, which browsers take for a part of the name: a cookie
/// with a name of that kind lacks what `__Host-` and `__Secure-` promise.
const WHITE_SPACE: [char; 2] = [' ', '\t'];
