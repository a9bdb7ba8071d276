//! Names of headers that carry a token.

use crate::Refusal;
use crate::text::{is_token_char, shown};

/// Headers that already have a meaning.
const OWNED: [&str; 55] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "age",
    "allow",
    "alt-svc",
    "cache-control",
    "connection",
    "cookie",
    "date",
    "early-data",
    "etag",
    "expect",
    "forwarded",
    "from",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "last-event-id",
    "last-modified",
    "link",
    "location",
    "max-forwards",
    "origin",
    "pragma",
    "priority",
    "range",
    "referer",
    "refresh",
    "retry-after",
    "server",
    "set-cookie",
    "strict-transport-security",
    "te",
    "trailer",
    "traceparent",
    "tracestate",
    "transfer-encoding",
    "upgrade",
    "upgrade-insecure-requests",
    "user-agent",
    "vary",
    "via",
    "warning",
    "www-authenticate",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "x-request-id",
];
/// Families of headers that already have a meaning.
const OWNED_PREFIXES: [&str; 4] = ["sec-", "proxy-", "content-", "access-control-"];

/// The schemes before the credentials in `Authorization` (RFC 9110 §11.4).
const SCHEMES: [&str; 6] = ["basic", "bearer", "digest", "dpop", "hoba", "negotiate"];

/// Checks the name of a header that a session reads, in any case.
///
/// # Errors
///
/// Returns the reason why no request has such a header, or has something else in it.
pub fn check(name: &str) -> Result<(), Refusal> {
    let header = name.to_ascii_lowercase();
    let refuse = |why: &str, fix: &str| Err(Refusal::new(why, fix));
    if header.is_empty() {
        return refuse("the header's name is empty", "write `header = false` to read none");
    }
    if header.starts_with("authorization") && header.contains("bearer") {
        return refuse("a header's name is the word before the `:`", AUTHORIZATION);
    }
    if let Some(bad) = header.chars().find(|c| !is_token_char(*c)) {
        let why = format!("a header's name cannot contain {}", shown(bad));
        return refuse(&why, "use letters, digits and `-`");
    }
    if SCHEMES.contains(&header.as_str()) {
        let why = format!("`{name}` is an authentication scheme, not a header's name");
        return refuse(&why, AUTHORIZATION);
    }
    if OWNED.contains(&header.as_str()) || OWNED_PREFIXES.iter().any(|prefix| header.starts_with(prefix)) {
        let fix = if header.ends_with("cookie") {
            "leave `header` out: the session's cookie is read anyway"
        } else {
            "write `header = \"authorization\"`, or a name of your own like `x-sid`"
        };
        return refuse(&format!("the header `{header}` already has another use"), fix);
    }
    Ok(())
}

const AUTHORIZATION: &str = "write `header = \"authorization\"`, which is read with and without `Bearer`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_with_a_meaning_are_refused() {
        for name in ["authorization", "Authorization", "x-sid", "X-Session_Token"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        for (name, why) in [
            ("", "is empty"),
            ("Authorization: Bearer", "the word before the `:`"),
            ("x sid", "cannot contain a space"),
            ("Bearer", "`Bearer` is an authentication scheme"),
            ("Sec-Fetch-Site", "the header `sec-fetch-site` already has another use"),
            ("Cookie", "the header `cookie` already has another use"),
        ] {
            let refusal = check(name).expect_err(name);
            assert!(refusal.why.contains(why), "{name}: {refusal:?}");
        }
    }
}
