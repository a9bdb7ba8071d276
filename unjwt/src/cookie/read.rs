//! The tokens that a request offers for a session.

use std::borrow::Cow;

use http::HeaderMap;
use http::header::COOKIE;

use super::{CHUNK_MARKER, CHUNKS_NOTICED, chunk_number, parse_count};
use crate::session::spec::{Spec, TokenSource};

/// The most tokens of one request that are tried for one session.
const MAX_CANDIDATES: usize = 4;

/// One token that may be the session.
#[derive(Debug, PartialEq)]
pub(crate) struct Candidate<'h> {
    pub(crate) source: TokenSource,
    /// `None`: a chunk of it is missing, or its marker is malformed.
    pub(crate) token: Option<Cow<'h, str>>,
}

/// What a request brings for one session.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Offer<'h> {
    /// In the order in which they are to be tried.
    pub(crate) candidates: Vec<Candidate<'h>>,
    /// The numbers of the chunk cookies that the client holds, for their deletion.
    pub(crate) chunks: Vec<usize>,
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
        push(offer, TokenSource::Header, Some(Cow::Borrowed(token)));
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
    let mut mains = Vec::new();
    let mut chunks: Vec<(usize, &str)> = Vec::new();
    for (name, value) in cookies(headers) {
        if name == spec.name {
            if !value.is_empty() && mains.len() < MAX_CANDIDATES {
                mains.push(value);
            }
        } else if let Some(number) = chunk_number(name, spec.name)
            && chunks.len() < CHUNKS_NOTICED.max(cookie.max_chunks)
        {
            chunks.push((number, value));
        }
    }
    for (nth, main) in mains.into_iter().enumerate() {
        let token = match main.strip_prefix(CHUNK_MARKER) {
            None => Some(Cow::Borrowed(main)),
            Some(count) => join(count, nth, &chunks, cookie.max_chunks).map(Cow::Owned),
        };
        push(offer, TokenSource::Cookie, token);
    }
    for (number, _) in chunks {
        if !offer.chunks.contains(&number) {
            offer.chunks.push(number);
        }
    }
}

fn push<'h>(offer: &mut Offer<'h>, source: TokenSource, token: Option<Cow<'h, str>>) {
    let candidate = Candidate { source, token };
    if offer.candidates.len() < MAX_CANDIDATES && !offer.candidates.contains(&candidate) {
        offer.candidates.push(candidate);
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

/// Every name and value of the request's `Cookie` fields; HTTP/2 may send several (RFC 9113 §8.2.3).
fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .get_all(COOKIE)
        .into_iter()
        .flat_map(|field| field.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| std::str::from_utf8(pair).ok()?.split_once('='))
        .map(|(name, value)| (name.trim(), value.trim()))
}
