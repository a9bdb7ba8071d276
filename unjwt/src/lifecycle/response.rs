//! What the sessions of a request say in the response's head.

use http::header::{CACHE_CONTROL, Entry, SET_COOKIE, VARY};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::context::Context;
use crate::session::spec::{Spec, TokenSource};

/// Writes cookies and caching headers, and ends the request's writes.
pub(crate) fn finish(context: &Context, headers: &mut HeaderMap) {
    context.close();
    let asked = context.asked();
    let mut sessions = asked.sessions();
    let Some(first) = sessions.next() else { return };
    match headers.entry(VARY) {
        Entry::Vacant(place) if sessions.next().is_none() => {
            if let Some(line) = first.vary() {
                place.insert(line.clone());
            }
        }
        _ => vary(headers, asked.sessions().map(|session| session.spec())),
    }
    let mut sets_cookie = false;
    for slot in asked.slots() {
        for cookie in slot.take_cookies() {
            headers.append(SET_COOKIE, cookie);
            sets_cookie = true;
        }
    }
    if sets_cookie {
        keep_out_of_caches(headers);
    }
}

/// A response that carries a session must not be stored for others (RFC 9111 §7.3).
fn keep_out_of_caches(headers: &mut HeaderMap) {
    let already_safe = directives(headers, &CACHE_CONTROL).any(|directive| {
        directive.eq_ignore_ascii_case("private") || directive.eq_ignore_ascii_case("no-store")
    });
    if already_safe {
        return;
    }
    if let Some(value) = headers.get(CACHE_CONTROL) {
        tracing::warn!(
            ?value,
            "a handler's `Cache-Control` would let caches store a session cookie; it is replaced by `private, no-store`"
        );
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
}

/// The line of a session that is alone in its response.
pub(crate) fn vary_line(spec: &'static Spec) -> Option<HeaderValue> {
    let mut headers = HeaderMap::new();
    vary(&mut headers, std::iter::once(spec));
    headers.remove(VARY)
}

/// Names every source that was consulted (RFC 9110 §12.5.5), in one line.
fn vary(headers: &mut HeaderMap, specs: impl Iterator<Item = &'static Spec>) {
    let mut line = String::new();
    for source in specs.flat_map(|spec| spec.sources.iter().map(move |source| (source, spec))) {
        let name = match source {
            (TokenSource::Cookie, _) => "cookie",
            (TokenSource::Header, spec) => spec.header.unwrap_or_default(),
        };
        let named = directives(headers, &VARY).chain(line.split(", "));
        if !named.into_iter().any(|field| field == "*" || field.eq_ignore_ascii_case(name)) {
            line.push_str(if line.is_empty() { "" } else { ", " });
            line.push_str(name);
        }
    }
    if !line.is_empty()
        && let Ok(value) = HeaderValue::from_str(&line)
    {
        headers.append(VARY, value);
    }
}

fn directives<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}
