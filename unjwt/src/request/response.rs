//! The headers that a request's sessions add to its response.

use http::HeaderMap;
use http::header::{Entry, SET_COOKIE, VARY};

use super::context::Context;
use crate::cookie::caching::{keep_out_of_caches, vary};

/// Writes cookies and caching headers, and ends the request's writes.
pub(crate) fn finish(context: &Context, headers: &mut HeaderMap) {
    let asked = context.close();
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
    let cookies = context.end_writes(&asked);
    if cookies.is_empty() {
        return;
    }
    for cookie in cookies {
        headers.append(SET_COOKIE, cookie);
    }
    #[cfg(feature = "dbsc")]
    for offer in context.take_offers() {
        headers.append("secure-session-registration", offer);
    }
    keep_out_of_caches(headers);
}
