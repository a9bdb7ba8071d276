//! The tokens that a request offers for a session.

use std::borrow::Cow;

use http::HeaderMap;
use http::header::COOKIE;

use super::{CHUNK_MARKER, CHUNKS_NOTICED, parse_count};
use crate::session::spec::{Spec, TokenSource};

/// The most tokens of one request that are tried for one session.
const MAX_CANDIDATES: usize = 4;

/// One token that may be the session.
#[derive(PartialEq)]
pub(crate) struct Candidate<'h> {
    pub(crate) source: TokenSource,
    /// `None`: a chunk of it is missing, or its marker is malformed.
    pub(crate) token: Option<Cow<'h, str>>,
}

/// What a request brings for one session.
#[derive(Default, PartialEq)]
pub(crate) struct Offer<'h> {
    /// In the order in which they are to be tried.
    candidates: [Option<Candidate<'h>>; MAX_CANDIDATES],
    /// The numbers of the chunk cookies that the client holds, for their deletion.
    pub(crate) chunks: Vec<usize>,
}

impl<'h> Offer<'h> {
    /// In the order in which they are to be tried.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = &Candidate<'h>> {
        self.candidates.iter().flatten()
    }

    /// Adds a candidate, unless it is there already or there are enough. Of the places one is for each source, so that
    /// tokens planted in the one hide none in the other.
    fn push(&mut self, source: TokenSource, token: Option<Cow<'h, str>>) {
        let candidate = Candidate { source, token };
        for place in &mut self.candidates {
            match place {
                Some(known) if *known == candidate => return,
                Some(_) => {}
                None => {
                    *place = Some(candidate);
                    return;
                }
            }
        }
        if let Some(last) = self.candidates.last_mut()
            && last.as_ref().is_some_and(|last| last.source != candidate.source)
        {
            *last = Some(candidate);
        }
    }
}

/// Collects the candidates for a session from a request's headers.
pub(crate) fn offer<'h>(headers: &'h HeaderMap, spec: &Spec) -> Offer<'h> {
    let mut offer = Offer::default();
    for source in spec.sources {
        match (source, spec.header) {
            (TokenSource::Cookie, _) => from_cookies(headers, spec, &mut offer),
            (TokenSource::Header, Some(name)) => from_header(headers, name, &mut offer),
            (TokenSource::Header, None) => {}
        }
    }
    offer
}

fn from_header<'h>(headers: &'h HeaderMap, name: &str, offer: &mut Offer<'h>) {
    for value in headers.get_all(name) {
        let Some(token) = value.to_str().ok().and_then(credentials) else { continue };
        offer.push(TokenSource::Header, Some(Cow::Borrowed(token)));
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
    let mut mains = [""; MAX_CANDIDATES];
    let mut free = mains.iter_mut();
    let mut chunks: Vec<(usize, &str)> = Vec::new();
    for (rest, value) in cookies(headers, spec.name) {
        if rest.is_empty() {
            if !value.is_empty()
                && let Some(main) = free.next()
            {
                *main = value;
            }
        } else if let Some(number) = rest.strip_prefix('.').and_then(parse_count)
            && chunks.len() < CHUNKS_NOTICED.max(cookie.max_chunks)
        {
            chunks.push((number, value));
        }
    }
    for (nth, main) in mains.into_iter().take_while(|main| !main.is_empty()).enumerate() {
        let token = match main.strip_prefix(CHUNK_MARKER) {
            None => Some(Cow::Borrowed(main)),
            Some(count) => join(count, nth, &chunks, cookie.max_chunks).map(Cow::Owned),
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
    let mut token = String::new();
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

/// The request's cookies whose names begin with `prefix`: the rest of the name, and the value. HTTP/2 may send several
/// `Cookie` fields (RFC 9113 §8.2.3).
fn cookies<'h>(headers: &'h HeaderMap, prefix: &str) -> impl Iterator<Item = (&'h str, &'h str)> {
    headers.get_all(COOKIE).into_iter().flat_map(|field| pairs(field.as_bytes())).filter_map(move |pair| {
        // Most cookies are others': nothing but their first bytes is looked at.
        let pair = pair.trim_ascii_start().strip_prefix(prefix.as_bytes())?;
        let (rest, value) = std::str::from_utf8(pair).ok()?.split_once('=')?;
        // White space before what follows the prefix makes it another name.
        Some((rest.trim_end_matches(WHITE_SPACE), value.trim_matches(WHITE_SPACE)))
    })
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
