//! Collecting a session's candidates from a request's headers.

use http::header::{COOKIE, GetAll};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::chunks::{self, Chunks, WAYS};
pub(crate) use super::offer::Offer;
use super::offer::{PLACES, Shape};
pub(crate) use super::text::TokenText;
use super::{CHUNK_MARKER, parse_count};
use crate::spec::{Spec, TokenSource};

/// Collects the candidates for a session from a request's headers. `cookie` is the name of its cookie, if it has
/// one, and `header` the spec's header, parsed.
pub(crate) fn offer<'h>(
    headers: &'h HeaderMap,
    spec: &Spec,
    cookie: Option<&str>,
    header: Option<&HeaderName>,
) -> Offer<'h> {
    let mut offer = Offer::default();
    let shape = Shape::of(spec);
    for source in spec.sources {
        match (source, cookie, header) {
            (TokenSource::Cookie, Some(name), _) => from_cookies(headers, spec, name, shape, &mut offer),
            (TokenSource::Header, _, Some(name)) => from_header(headers, name, shape, &mut offer),
            (TokenSource::Cookie | TokenSource::Header, ..) => {}
        }
    }
    offer
}

fn from_header<'h>(headers: &'h HeaderMap, name: &HeaderName, shape: Shape, offer: &mut Offer<'h>) {
    for value in headers.get_all(name) {
        let Some(text) = value.to_str().ok().and_then(credentials) else { continue };
        offer.push(TokenSource::Header, Some(TokenText::Within { field: value, text }), shape);
    }
}

/// Returns the token in a header's value: the part after `Bearer`, which is case-insensitive, or the value
/// itself (RFC 6750 §2.1, RFC 9110 §11.4). Credentials of another scheme are ignored.
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

/// The value of a cookie that has the session's name.
#[derive(Clone, Copy)]
enum Main<'h> {
    Whole(&'h HeaderValue, &'h str),
    /// The marker of a token in this number of chunks; `None` if it is malformed or exceeds the session's
    /// maximum.
    Chunked(Option<usize>),
}

impl PartialEq for Main<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Whole(_, one), Self::Whole(_, other)) => one == other,
            (Self::Chunked(one), Self::Chunked(other)) => one == other,
            (Self::Whole(..), Self::Chunked(_)) | (Self::Chunked(_), Self::Whole(..)) => false,
        }
    }
}

fn from_cookies<'h>(headers: &'h HeaderMap, spec: &Spec, name: &str, shape: Shape, offer: &mut Offer<'h>) {
    let Some(cookie) = &spec.cookie else { return };
    let fields = headers.get_all(COOKIE);
    if fields.iter().next().is_none() {
        return;
    }
    let mut mains = [None; PLACES];
    let mut held = 0;
    let mut chunks = Chunks::default();
    for (field, rest, value) in cookies(&fields, name) {
        if rest.is_empty() {
            let main = match value.strip_prefix(CHUNK_MARKER) {
                Some(digits) => Main::Chunked(chunks::count(digits, cookie.max_chunks)),
                None if value.is_empty() => continue,
                None => Main::Whole(field, value),
            };
            // A value that cannot be a token must not take a place.
            let fits = || match main {
                Main::Whole(_, text) => shape.fits(text),
                Main::Chunked(count) => count.is_some(),
            };
            let is_new = || held == 0 || fits() && !mains.contains(&Some(main));
            if held < PLACES
                && is_new()
                && let Some(place) = mains.get_mut(held)
            {
                *place = Some(main);
                held += 1;
            }
        } else if let Some(number) = rest.strip_prefix('.').and_then(parse_count) {
            chunks.add(number, value, cookie.max_chunks);
        }
    }
    // The markers whose chunks can be combined in further ways, which few requests have.
    let mut counts = Vec::new();
    let mut left = WAYS;
    for main in mains.get(..held).unwrap_or_default().iter().copied().flatten() {
        let token = match main {
            Main::Whole(field, text) => Some(TokenText::Within { field, text }),
            Main::Chunked(None) => None,
            Main::Chunked(Some(count)) => {
                let mut ways = chunks.ways(count).peekable();
                let token = ways.next().and_then(|way| chunks.join(count, way, shape.max_len));
                left = left.saturating_sub(1);
                if ways.peek().is_some() {
                    counts.push((count, ways));
                }
                token.map(TokenText::Chunked)
            }
        };
        offer.push(TokenSource::Cookie, token, shape);
    }
    // If a chunk number came several times, the other combinations are tried too, up to a limit.
    while left > 0 && !counts.is_empty() {
        counts.retain_mut(|(count, ways)| {
            let Some(way) = ways.next() else { return false };
            if left > 0 {
                left -= 1;
                let token = chunks.join(*count, way, shape.max_len);
                offer.push(TokenSource::Cookie, token.map(TokenText::Chunked), shape);
            }
            true
        });
    }
    drop(counts);
    offer.chunks = chunks.held;
}

/// Returns the cookies in the request's `Cookie` fields whose names begin with `prefix`: the field, the rest of
/// the name, and the value. HTTP/2 clients may send several `Cookie` fields (RFC 9113 §8.2.3).
///
/// White space is that of the grammar, spaces and tabs (RFC 6265 §5.2): a [`HeaderValue`] has no other in
/// ASCII. Browsers treat the white space of Unicode as part of the name, so a cookie with such a name lacks the
/// guarantees of `__Host-` and `__Secure-`.
fn cookies<'h>(
    fields: &GetAll<'h, HeaderValue>,
    prefix: &str,
) -> impl Iterator<Item = (&'h HeaderValue, &'h str, &'h str)> {
    fields.iter().flat_map(|field| pairs(field.as_bytes()).map(move |pair| (field, pair))).filter_map(
        move |(field, pair)| {
            // Most cookies are unrelated, so only their first bytes are compared.
            let pair = pair.trim_ascii_start().strip_prefix(prefix.as_bytes())?;
            let (rest, value) = std::str::from_utf8(pair).ok()?.split_once('=')?;
            // White space before the rest of a name is part of the name, so only the end is trimmed.
            Some((field, rest.trim_ascii_end(), value.trim_ascii()))
        },
    )
}

/// Splits a `Cookie` field at its semicolons.
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
