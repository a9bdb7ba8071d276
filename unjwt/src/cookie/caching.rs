//! The caching headers of a response that depends on sessions or carries one (RFC 9110 §12.5.5, RFC 9111 §5.2 and §7.3).

use http::header::{CACHE_CONTROL, VARY};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::spec::{Spec, TokenSource};

/// Keeps a response that sets a session's cookie out of shared caches.
pub(crate) fn keep_out_of_caches(headers: &mut HeaderMap) {
    let already_safe = fields(headers, &CACHE_CONTROL).any(|directive| {
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

/// The `Vary` line of a session that is alone in its response.
pub(crate) fn vary_line(spec: &'static Spec) -> Option<HeaderValue> {
    let mut headers = HeaderMap::new();
    vary(&mut headers, std::iter::once(spec));
    headers.remove(VARY)
}

/// Names every source that was consulted, in one line.
pub(crate) fn vary(headers: &mut HeaderMap, specs: impl Iterator<Item = &'static Spec>) {
    let mut line = String::new();
    for source in specs.flat_map(|spec| spec.sources.iter().map(move |source| (source, spec))) {
        let name = match source {
            (TokenSource::Cookie, _) => "cookie",
            (TokenSource::Header, spec) => spec.header.unwrap_or_default(),
        };
        let named = fields(headers, &VARY).chain(line.split(", "));
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

/// The members of a header that is a list. A comma within a quoted string separates nothing (RFC 9110 §5.6.1, §5.6.4).
fn fields<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| {
            let (mut quoted, mut escaped) = (false, false);
            value.split(move |char| {
                let is_escaped = std::mem::take(&mut escaped);
                match char {
                    '"' if !is_escaped => quoted = !quoted,
                    '\\' if quoted && !is_escaped => escaped = true,
                    _ => {}
                }
                char == ',' && !quoted
            })
        })
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache_control(value: &'static str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(value));
        keep_out_of_caches(&mut headers);
        headers[CACHE_CONTROL].to_str().unwrap().to_owned()
    }

    #[test]
    fn a_directive_counts_where_it_is_one() {
        for safe in ["private", "max-age=3, No-Store", r#"x="a", private"#, r#"x="\"", no-store"#] {
            assert_eq!(cache_control(safe), safe);
        }
        for unsafe_ in [
            "public",
            r#"x="a, no-store ,b", s-maxage=99"#,
            r#"x="a\", no-store ,b", s-maxage=99"#,
            r#"x="a, private"#,
            r#"private="set-cookie""#,
            "no-store-ever",
        ] {
            assert_eq!(cache_control(unsafe_), "private, no-store", "{unsafe_}");
        }
    }
}
