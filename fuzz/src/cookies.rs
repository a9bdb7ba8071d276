//! Cookies: what arbitrary `Cookie` fields offer for a session, and whether what was written is read back.

use std::collections::{BTreeMap, BTreeSet};

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use unjwt::__private::{
    ClaimMapping, CookieSpec, Extend, PolicySpec, Protection, SameSite, Spec, TokenSource,
};
use unjwt::fuzzing::{Offered, offered, remove_cookies, set_cookies};
use unjwt::{ErrorKind, NumericDate};

use crate::input::choice;
use crate::material::NOW;

/// The most tokens of one source that a request may make a session look at.
const MOST_CANDIDATES: usize = 16;
/// What a browser keeps of one site's partitioned cookies.
const PARTITION_LIMIT: usize = 10_240;
/// What a browser keeps of a cookie.
const LINE_LIMIT: usize = 4096;

const NAMES: [&str; 4] = ["sid", "__Host-sid", "a.b", "s"];
const HEADER: &str = "x-sid-session";

/// The first byte names the session, the second its most chunks; the third says what the rest is: `a` the fields of a
/// request, one in a line (`cookie` unless a line begins with `>`, which is the session's own header), `b` a token to be
/// written.
pub fn run(data: &[u8]) {
    let Some((name, data)) = choice(data, NAMES.len() * 2) else { return };
    let Some((max_chunks, data)) = choice(data, 128) else { return };
    let Some((form, data)) = choice(data, 2) else { return };
    let sources: &[TokenSource] = if name < NAMES.len() {
        &[TokenSource::Cookie, TokenSource::Header]
    } else {
        &[TokenSource::Header, TokenSource::Cookie]
    };
    let mut spec = SPEC;
    spec.name = NAMES[name % NAMES.len()];
    spec.sources = sources;
    let cookie = CookieSpec { max_chunks: max_chunks.clamp(1, 100), ..COOKIE_SPEC };
    spec.cookie = Some(cookie);
    if form == 0 { read(&spec, data) } else { write(&mut spec, cookie, data) }
}

fn read(spec: &Spec, data: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n') {
        let (name, value) = match line.strip_prefix(b">") {
            Some(value) => (HEADER, value),
            None => (COOKIE.as_str(), line),
        };
        let Ok(value) = HeaderValue::from_bytes(value) else { return };
        headers.append(name, value);
    }
    let offer = offered(&headers, spec);
    is_bounded(&offer, spec, data.len());
    is_made_of_what_is_there(&offer, &headers, spec);
    knows_no_others(&offer, &headers, spec);
}

fn is_bounded(offer: &Offered, spec: &Spec, len: usize) {
    for source in [TokenSource::Cookie, TokenSource::Header] {
        let of_source = offer.tokens.iter().filter(|(own, _)| *own == source);
        assert!(of_source.count() <= MOST_CANDIDATES, "{offer:?}");
    }
    let most = spec.cookie.map_or(0, |cookie| cookie.max_chunks);
    let distinct: BTreeSet<_> = offer.chunks.iter().collect();
    assert_eq!(distinct.len(), offer.chunks.len(), "{offer:?}");
    assert!(offer.chunks.iter().all(|number| (1..=most).contains(number)), "{offer:?}");
    for (_, token) in &offer.tokens {
        assert!(token.as_ref().is_none_or(|token| !token.is_empty() && token.len() <= len), "{offer:?}");
    }
}

/// Every pair of the `cookie` fields, read a second time.
fn pairs(headers: &HeaderMap) -> Vec<(&str, &str)> {
    let fields = headers.get_all(COOKIE).iter();
    let pairs = fields.flat_map(|field| field.as_bytes().split(|byte| *byte == b';'));
    pairs
        .filter_map(|pair| std::str::from_utf8(pair).ok()?.split_once('='))
        .map(|(name, value)| (name.trim_matches([' ', '\t']), value.trim_matches([' ', '\t'])))
        .collect()
}

/// A token is a cookie's value, a header's, or the chunks' values in their order.
fn is_made_of_what_is_there(offer: &Offered, headers: &HeaderMap, spec: &Spec) {
    let pairs = pairs(headers);
    let values = |name: &str| -> Vec<&str> {
        pairs.iter().filter(|(other, _)| *other == name).map(|(_, value)| *value).collect()
    };
    for (source, token) in &offer.tokens {
        let Some(token) = token else {
            assert!(values(spec.name).iter().any(|value| value.starts_with("__chunked__")), "{offer:?}");
            continue;
        };
        if *source == TokenSource::Header {
            let holds = |value: &HeaderValue| {
                value.to_str().is_ok_and(|value| value.trim().ends_with(token.as_str()))
            };
            assert!(headers.get_all(HEADER).iter().any(holds), "{offer:?}");
            continue;
        }
        if values(spec.name).contains(&token.as_str()) {
            continue;
        }
        // The places of the token that can be reached chunk by chunk.
        let counts =
            values(spec.name).into_iter().filter_map(|value| value.strip_prefix("__chunked__")?.parse().ok());
        let joins = |count: usize| {
            let mut reached = BTreeSet::from([0]);
            for number in 1..=count {
                let chunks = values(&format!("{}.{number}", spec.name));
                reached = reached
                    .iter()
                    .flat_map(|from: &usize| {
                        let rest = &token[*from..];
                        chunks
                            .iter()
                            .filter(move |chunk| rest.starts_with(**chunk))
                            .map(move |chunk| from + chunk.len())
                    })
                    .collect();
            }
            reached.contains(&token.len())
        };
        let mut counts = counts.filter(|count| *count <= spec.cookie.map_or(0, |cookie| cookie.max_chunks));
        assert!(counts.any(joins), "{offer:?}");
    }
}

/// Whatever stands between the session's cookies, and in how many fields, the result is the same.
fn knows_no_others(offer: &Offered, headers: &HeaderMap, spec: &Spec) {
    let own = |name: &str| {
        name == spec.name || name.strip_prefix(spec.name).is_some_and(|rest| rest.starts_with('.'))
    };
    let mut lone: Vec<String> = Vec::new();
    for (name, value) in pairs(headers) {
        if own(name) {
            lone.push(format!("{name}={value}"));
        }
    }
    let others = [
        "a=b".to_owned(),
        format!("x{}=c", spec.name),
        "=".to_owned(),
        format!("{}x=__chunked__2", spec.name),
    ];
    let mixed = lone.iter().zip(others.iter().cycle()).flat_map(|(own, other)| [other.clone(), own.clone()]);
    let last = others.iter().cloned();
    let variants = [lone.join(";"), mixed.chain(last).collect::<Vec<_>>().join("; ")];
    for fields in variants {
        let mut same = headers.clone();
        same.remove(COOKIE);
        let Ok(value) = HeaderValue::from_bytes(fields.as_bytes()) else { panic!("{fields:?}") };
        same.insert(COOKIE, value);
        assert_eq!(offered(&same, spec), *offer, "{fields:?}");
    }
    let mut apart = headers.clone();
    apart.remove(COOKIE);
    for pair in &lone {
        apart.append(COOKIE, HeaderValue::from_bytes(pair.as_bytes()).expect("it was part of one"));
    }
    assert_eq!(offered(&apart, spec), *offer);
}

/// Bytes: the token's length (two), a chunk's most characters (two), the end (two), what stands in the attributes, which
/// chunks the client holds from before.
fn write(spec: &mut Spec, mut cookie: CookieSpec, data: &[u8]) {
    let &[a, b, c, d, e, f, attributes, ref held @ ..] = data else { return };
    let len = usize::from(u16::from_be_bytes([a, b])).max(1);
    cookie.chunk_max_length = usize::from(u16::from_be_bytes([c, d]) % 5000).max(1);
    let end = u64::from(u16::from_be_bytes([e, f]));
    let bit = |nth: u8| attributes >> nth & 1 == 1;
    cookie.http_only = bit(0);
    cookie.secure = bit(1);
    cookie.partitioned = bit(2);
    cookie.same_site = [None, Some(SameSite::Lax), Some(SameSite::Strict), Some(SameSite::None)]
        [usize::from(attributes >> 3 & 3)];
    cookie.domain = bit(5).then_some("session.example.com");
    cookie.path = if bit(6) { "/a/path/of/some/length" } else { "/" };
    cookie.max_age = bit(7).then_some(end);
    spec.cookie = Some(cookie);

    let held: BTreeSet<usize> =
        held.iter().map(|number| usize::from(*number)).filter(|number| *number > 0).collect();
    let held: Vec<usize> = held.into_iter().collect();
    let token = token(len);
    let now = NumericDate::from_secs(NOW);
    let expires_at = (end > 0).then(|| NumericDate::from_secs(NOW + end));
    let lines = match set_cookies(spec.name, &cookie, &token, expires_at, now, &held) {
        Ok(lines) => lines,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::TooLarge);
            let room = cookie.chunk_max_length.min(LINE_LIMIT - 400);
            // Beside the token a partition holds the chunks' names.
            let fills_partition =
                cookie.partitioned && token.len() > PARTITION_LIMIT - 16 * (cookie.max_chunks + 2);
            assert!(
                fills_partition || token.len() > room * cookie.max_chunks,
                "{} fit {} of {room}",
                token.len(),
                cookie.max_chunks
            );
            return;
        }
    };
    let mut browser: BTreeMap<String, String> =
        held.iter().map(|number| (format!("{}.{number}", spec.name), "old".to_owned())).collect();
    take(&mut browser, &lines);
    let kept: usize = browser.iter().map(|(name, value)| name.len() + value.len()).sum();
    assert!(!cookie.partitioned || kept <= PARTITION_LIMIT, "{kept}");
    let count = browser.len().saturating_sub(1);
    assert!(count <= cookie.max_chunks, "{count}");
    let offer = offered(&request(&browser), spec);
    assert_eq!(offer.tokens, [(TokenSource::Cookie, Some(token))]);
    let mut chunks = offer.chunks;
    chunks.sort_unstable();
    assert_eq!(chunks, (1..=count).collect::<Vec<_>>(), "no stale chunk");

    take(&mut browser, &remove_cookies(spec.name, &cookie, &chunks).expect("a removal is short"));
    assert!(browser.is_empty(), "{browser:?}");
}

/// A token of that length, each of its bytes unlike its neighbours.
fn token(len: usize) -> String {
    const CHARACTERS: &[u8; 65] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    (0..len).map(|at| char::from(CHARACTERS[(at * 7 + at / 65) % 65])).collect()
}

/// What a browser does with `Set-Cookie` lines.
fn take(browser: &mut BTreeMap<String, String>, lines: &[HeaderValue]) {
    for line in lines {
        assert!(line.len() <= LINE_LIMIT, "{} bytes", line.len());
        let line = line.to_str().expect("ASCII");
        let (pair, attributes) = line.split_once("; ").expect("a path");
        let (name, value) = pair.split_once('=').expect("a name");
        if attributes.contains("; Max-Age=0; Expires=Thu, 01 Jan 1970") {
            browser.remove(name);
        } else {
            browser.insert(name.to_owned(), value.to_owned());
        }
    }
}

fn request(browser: &BTreeMap<String, String>) -> HeaderMap {
    let pairs: Vec<String> = browser.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut headers = HeaderMap::new();
    headers.insert(COOKIE, HeaderValue::from_str(&pairs.join("; ")).expect("ASCII"));
    headers
}

const COOKIE_SPEC: CookieSpec = CookieSpec {
    path: "/",
    domain: None,
    secure: true,
    http_only: true,
    same_site: Some(SameSite::Lax),
    partitioned: false,
    max_age: None,
    browser_session: false,
    chunk_max_length: 4000,
    max_chunks: 3,
};

const SPEC: Spec = Spec {
    elsewhere: None,
    version: None,
    type_name: "Sid",
    name: "sid",
    typ: "sid+jwt",
    protection: Protection::Jwe { alg: None, enc: None },
    read_only: false,
    max_age: None,
    absolute: None,
    revocable: None,
    login: None,
    renew_after: None,
    extend: Extend::Update,
    cookie: Some(COOKIE_SPEC),
    header: Some(HEADER),
    sources: &[TokenSource::Cookie, TokenSource::Header],
    policy: PolicySpec {
        issuer: None,
        audience: &[],
        subject: None,
        clock_tolerance: 0,
        required_claims: &[],
    },
    mapping: ClaimMapping::Direct,
    fresh_members: false,
    members: &[],
    csrf: true,
    bound: false,
    symmetric: false,
    layout: &[],
};
