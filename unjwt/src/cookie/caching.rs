//! The caching headers of a response that depends on sessions or carries one (RFC 9110 §12.5.5, RFC 9111 §5.2
//! and §7.3).

use http::header::{CACHE_CONTROL, VARY};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::spec::{Spec, TokenSource};

/// Keeps a response that sets a session's cookie out of shared caches.
pub(crate) fn keep_out_of_caches(headers: &mut HeaderMap) {
    // For the caches that it targets, a targeted field takes precedence over `Cache-Control` (RFC 9213 §2.2);
    // once it is removed, they use `Cache-Control`.
    let targeted: Vec<_> = headers.keys().filter(|name| is_targeted(name)).cloned().collect();
    for name in targeted {
        if !keeps_out(headers, &name) {
            overruled(&name, headers.remove(&name));
        }
    }
    if !keeps_out(headers, &CACHE_CONTROL) {
        let handlers = headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        overruled(&CACHE_CONTROL, handlers);
    }
}

/// Returns whether the field targets certain caches: `CDN-Cache-Control`, the vendor-specific ones of CDNs,
/// and the older `Surrogate-Control`.
fn is_targeted(name: &HeaderName) -> bool {
    name.as_str().ends_with("-cache-control") || name.as_str() == SURROGATE_CONTROL
}

const SURROGATE_CONTROL: &str = "surrogate-control";

/// Returns whether a handler meant the response for shared caches, which a session's cookie must not enter.
pub(crate) fn is_for_shared_caches(headers: &HeaderMap) -> bool {
    let is_shared = fields(headers, &CACHE_CONTROL).any(|directive| {
        let name = directive.split('=').next().unwrap_or_default().trim_end();
        name.eq_ignore_ascii_case("public") || name.eq_ignore_ascii_case("s-maxage")
    });
    is_shared || headers.keys().any(|name| is_targeted(name) && !keeps_out(headers, name))
}

fn keeps_out(headers: &HeaderMap, name: &HeaderName) -> bool {
    fields(headers, name).any(|directive| {
        // `Surrogate-Control` has no directive `private`.
        directive.eq_ignore_ascii_case("no-store")
            || directive.eq_ignore_ascii_case("private") && name.as_str() != SURROGATE_CONTROL
    })
}

fn overruled(name: &HeaderName, value: Option<HeaderValue>) {
    if let Some(value) = value {
        tracing::warn!(
            %name,
            ?value,
            "a handler's caching header would let caches store a session cookie; it is replaced with `private, no-store`"
        );
    }
}

/// Returns the `Vary` line of a response that depends on this session alone.
pub(crate) fn vary_line(spec: &'static Spec) -> Option<HeaderValue> {
    let mut headers = HeaderMap::new();
    vary(&mut headers, std::iter::once(spec));
    headers.remove(VARY)
}

/// Adds every source that was consulted to `Vary`, in one line.
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

/// Returns the members of a list-based header. A comma within a quoted string is not a separator (RFC 9110
/// §5.6.1, §5.6.4).
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

    #[test]
    fn no_field_for_some_caches_goes_before_it() {
        for name in
            ["cdn-cache-control", "cloudflare-cdn-cache-control", "x-cache-control", "surrogate-control"]
        {
            for (value, stays) in [("max-age=600", false), ("public", false), ("max-age=1, no-store", true)] {
                for own in ["private", "s-maxage=9"] {
                    let mut headers = HeaderMap::new();
                    headers.insert(CACHE_CONTROL, HeaderValue::from_static(own));
                    headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
                    keep_out_of_caches(&mut headers);
                    assert_eq!(headers.contains_key(name), stays, "{name}: {value}");
                    assert!(headers[CACHE_CONTROL].to_str().unwrap().starts_with("private"));
                }
            }
        }
        let mut headers = HeaderMap::new();
        headers.insert(SURROGATE_CONTROL, HeaderValue::from_static("private, max-age=600"));
        keep_out_of_caches(&mut headers);
        assert!(!headers.contains_key(SURROGATE_CONTROL));
    }
}
