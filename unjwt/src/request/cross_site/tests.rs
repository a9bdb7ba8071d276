use super::*;
use crate::error::ErrorKind;
use crate::session::cross_site::CrossSiteSettings;
use crate::spec::{CookieSpec, SameSite, Spec, TokenSource};

const SPEC: Spec = Spec {
    cookie: Some(CookieSpec {
        path: "/",
        domain: None,
        secure: true,
        http_only: true,
        same_site: Some(SameSite::None),
        partitioned: false,
        max_age: None,
        browser_session: false,
        chunk_max_length: 4000,
        max_chunks: 3,
    }),
    sources: &[TokenSource::Cookie],
    ..Spec::BARE
};

fn policy(spec: &Spec, public: Option<&str>, trusted: &[&str]) -> CrossSitePolicy {
    let trusted = trusted.iter().map(|&origin| origin.to_owned()).collect();
    CrossSiteSettings { public: public.map(str::to_owned), trusted }.policy(spec).unwrap()
}

fn plain() -> CrossSitePolicy {
    policy(&SPEC, None, &[])
}

/// An HTTP/1.1 request: a method, a target, and fields.
fn request(method: &str, target: &str, fields: &[(&'static str, &str)]) -> RequestOrigin {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    RequestOrigin::of(&method.parse().unwrap(), &target.parse().unwrap(), &headers)
}

/// A `POST` to `example.com`.
fn post(fields: &[(&'static str, &str)]) -> RequestOrigin {
    request("POST", "/", &[&[("host", "example.com")], fields].concat())
}

fn passes(request: &RequestOrigin, policy: &CrossSitePolicy) -> bool {
    match request.check(policy) {
        Ok(()) => true,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::CrossSite);
            false
        }
    }
}

const SITE: &str = "sec-fetch-site";

/// The cases that Go's `net/http.CrossOriginProtection` is tested with (Go 1.25), without its bypass
/// patterns, which have no counterpart here.
#[test]
fn decides_as_go_does() {
    // Method, `Sec-Fetch-Site`, `Origin`, and whether the request passes.
    for (method, site, origin, expected) in [
        ("POST", Some("same-origin"), None, true),
        ("POST", Some("none"), None, true),
        ("POST", Some("cross-site"), None, false),
        ("POST", Some("same-site"), None, false),
        ("POST", None, None, true),
        ("POST", None, Some("https://example.com"), true),
        ("POST", None, Some("https://attacker.example"), false),
        ("POST", None, Some("null"), false),
        ("GET", Some("cross-site"), None, true),
        ("HEAD", Some("cross-site"), None, true),
        ("OPTIONS", Some("cross-site"), None, true),
        ("PUT", Some("cross-site"), None, false),
        ("POST", Some("cross-site"), Some("https://attacker.example"), false),
        ("POST", None, Some("https://trusted.example"), true),
        ("POST", Some("cross-site"), Some("https://trusted.example"), true),
    ] {
        let mut fields = vec![("host", "example.com")];
        fields.extend(site.map(|site| (SITE, site)));
        fields.extend(origin.map(|origin| ("origin", origin)));
        let request = request(method, "/", &fields);
        let policy = policy(&SPEC, None, &["https://trusted.example"]);
        assert_eq!(passes(&request, &policy), expected, "{method} {site:?} {origin:?}");
    }
}

#[test]
fn only_reading_methods_are_safe() {
    for (method, expected) in [
        ("GET", true),
        ("HEAD", true),
        ("OPTIONS", true),
        ("POST", false),
        ("PUT", false),
        ("PATCH", false),
        ("DELETE", false),
        ("CONNECT", false),
        ("TRACE", false),
        ("PURGE", false),
        // Methods are case-sensitive (RFC 9110 §9.1), so this is not `GET`.
        ("get", false),
    ] {
        let request = request(method, "/", &[("host", "example.com"), (SITE, "cross-site")]);
        assert_eq!(passes(&request, &plain()), expected, "{method}");
    }
}

#[test]
fn a_websocket_is_asked_as_a_post_is() {
    for (upgrade, is_websocket) in [
        ("websocket", true),
        ("WebSocket", true),
        ("h2c, websocket", true),
        ("h2c ,\tWEBSOCKET ", true),
        ("websocket/13", true),
        ("h2c", false),
        ("websockets", false),
        ("not websocket", false),
        ("", false),
    ] {
        for (origin, is_own) in [("https://example.com", true), ("https://attacker.example", false)] {
            let fields = [("host", "example.com"), ("upgrade", upgrade), ("origin", origin)];
            let handshake = request("GET", "/socket", &fields);
            assert_eq!(passes(&handshake, &plain()), is_own || !is_websocket, "{upgrade} {origin}");
        }
    }
    let listed = [("host", "example.com"), ("upgrade", "h2c"), ("upgrade", "websocket"), (SITE, "same-site")];
    assert!(!passes(&request("GET", "/socket", &listed), &plain()));
    // Clients other than browsers send no `Origin`.
    let program = [("host", "example.com"), ("upgrade", "websocket")];
    assert!(passes(&request("GET", "/socket", &program), &plain()));
    let browser = [("host", "example.com"), ("upgrade", "websocket"), (SITE, "same-origin")];
    assert!(passes(&request("GET", "/socket", &browser), &plain()));
    // Over HTTP/2 (RFC 8441 §4).
    let extended =
        request("CONNECT", "https://example.com/socket", &[("origin", "https://attacker.example")]);
    assert!(!passes(&extended, &plain()));
}

#[test]
fn only_the_words_of_browsers_for_the_same_origin_pass() {
    for site in ["Same-Origin", "same-origin, same-origin", "same-origin;x", "", "cross-origin", "none none"]
    {
        assert!(!passes(&post(&[(SITE, site)]), &plain()), "{site:?}");
        assert!(!passes(&post(&[(SITE, site), ("origin", "https://example.com")]), &plain()), "{site:?}");
    }
    assert!(!passes(&post(&[(SITE, "same-origin"), (SITE, "same-origin")]), &plain()));
    assert!(!passes(&post(&[(SITE, "same-origin"), (SITE, "cross-site")]), &plain()));
    // A form of a page with `Referrer-Policy: no-referrer`, sent to its own origin.
    assert!(passes(&post(&[(SITE, "same-origin"), ("origin", "null")]), &plain()));
    // Another scheme is another origin: the browser knows the scheme, `Host` does not contain it.
    assert!(!passes(&post(&[(SITE, "cross-site"), ("origin", "http://example.com")]), &plain()));
}

#[test]
fn an_origin_is_compared_with_the_host() {
    for (host, origin, expected) in [
        ("example.com", "https://example.com", true),
        ("example.com", "http://example.com", true),
        ("Example.COM", "https://example.com", true),
        ("example.com", "HTTPS://EXAMPLE.com", true),
        ("example.com:443", "https://example.com", true),
        ("example.com", "https://example.com:443", true),
        ("example.com:80", "http://example.com", true),
        ("example.com:80", "https://example.com", false),
        ("example.com:443", "http://example.com", false),
        ("example.com:8443", "https://example.com:8443", true),
        ("example.com:8443", "https://example.com", false),
        ("example.com", "https://example.com:8443", false),
        ("localhost:3000", "http://localhost:3000", true),
        ("localhost:3000", "http://localhost:3001", false),
        ("localhost:3000", "http://127.0.0.1:3000", false),
        ("127.0.0.1:3000", "http://127.0.0.1:3000", true),
        ("[::1]:3000", "http://[::1]:3000", true),
        ("[0:0::1]:3000", "http://[::1]:3000", true),
        ("[::1]", "https://[::1]:443", true),
        ("[::1]", "https://[::2]", false),
        ("[::1", "https://[::1", false),
        ("[example.com]", "https://[example.com]", false),
        // A trailing dot makes another origin, on either side.
        ("example.com.", "https://example.com.", true),
        ("example.com", "https://example.com.", false),
        ("example.com.", "https://example.com", false),
        ("example.com", "https://www.example.com", false),
        ("example.com", "https://example.com.attacker.example", false),
        ("example.com", "https://notexample.com", false),
        // Values of `Origin` that are not an origin.
        ("example.com", "null", false),
        ("example.com", "", false),
        ("example.com", "example.com", false),
        ("example.com", "//example.com", false),
        ("example.com", "https://example.com/", false),
        ("example.com", "https://example.com/path", false),
        ("example.com", "https://example.com?", false),
        ("example.com", "https://example.com#", false),
        ("example.com", "https://example.com\\", false),
        ("example.com", "https://attacker@example.com", false),
        ("example.com", "https://example.com@attacker.example", false),
        ("example.com", "https://attacker.example https://example.com", false),
        ("example.com", "https://example.com, https://example.com", false),
        ("example.com", "https://example.com:", false),
        ("example.com", "https://example.com:+443", false),
        ("example.com", "https://example.com:65979", false),
        ("example.com", "https://", false),
        ("example.com", "file://", false),
        ("example.com", "chrome-extension://example.com", false),
        ("example.com", "wss://example.com", false),
        ("bücher.example", "https://bücher.example", false),
        // Values of `Host` that are not a host.
        ("", "https://example.com", false),
        ("attacker@example.com", "https://example.com", false),
        ("attacker@example.com", "https://attacker@example.com", false),
        ("https://example.com", "https://example.com", false),
        ("example.com, attacker.example", "https://example.com", false),
    ] {
        let request = request("POST", "/", &[("host", host), ("origin", origin)]);
        assert_eq!(passes(&request, &plain()), expected, "{host} {origin}");
    }
}

#[test]
fn what_stands_twice_or_not_at_all_is_no_proof() {
    let own = ("origin", "https://example.com");
    assert!(!passes(&post(&[own, own]), &plain()));
    assert!(!passes(&post(&[own, ("origin", "https://attacker.example")]), &plain()));
    assert!(!passes(&post(&[own, ("host", "example.com")]), &plain()), "two hosts");
    assert!(!passes(&request("POST", "/", &[own]), &plain()), "no host");
    let trusting = policy(&SPEC, None, &["https://idp.example"]);
    let trusted = ("origin", "https://idp.example");
    assert!(!passes(&post(&[trusted, trusted]), &trusting));
    assert!(!passes(&post(&[(SITE, "cross-site")]), &trusting), "no origin");
    assert!(!passes(&post(&[(SITE, "cross-site"), ("origin", "null")]), &trusting));
}

/// HTTP/2 has `:authority`, and HTTP/1.1 may have an absolute URI.
#[test]
fn the_authority_of_the_uri_goes_before_host() {
    let own = ("origin", "https://example.com");
    for (target, host, expected) in [
        ("https://example.com/", None, true),
        ("https://example.com:443/", None, true),
        ("https://example.com/", Some("example.com"), true),
        ("https://example.com/", Some("proxy.internal"), true),
        ("https://proxy.internal/", Some("example.com"), false),
        ("https://attacker@example.com/", None, false),
        ("/", Some("example.com"), true),
    ] {
        let fields: Vec<_> = [own].into_iter().chain(host.map(|host| ("host", host))).collect();
        assert_eq!(passes(&request("POST", target, &fields), &plain()), expected, "{target} {host:?}");
    }
}

#[test]
fn a_trusted_origin_is_exactly_the_one_that_is_named() {
    let trusting = policy(&SPEC, None, &["https://IDP.example:443", "http://localhost:5173"]);
    for (origin, expected) in [
        ("https://idp.example", true),
        ("https://idp.example:443", true),
        ("http://localhost:5173", true),
        ("http://idp.example", false),
        ("http://idp.example:443", false),
        ("https://idp.example:8443", false),
        ("https://login.idp.example", false),
        ("https://idp.example.", false),
        ("https://idp.example/", false),
        ("https://x@idp.example", false),
        ("http://localhost", false),
        ("https://localhost:5173", false),
    ] {
        for site in [&[][..], &[(SITE, "cross-site")], &[(SITE, "same-site")]] {
            let request = post(&[&[("origin", origin)], site].concat());
            assert_eq!(passes(&request, &trusting), expected, "{origin} {site:?}");
        }
    }
    let handshake = [("host", "example.com"), ("upgrade", "websocket"), ("origin", "https://idp.example")];
    assert!(passes(&request("GET", "/", &handshake), &trusting));
}

#[test]
fn a_public_origin_takes_the_place_of_the_host() {
    let public = policy(&SPEC, Some("https://app.example"), &[]);
    for (origin, expected) in [
        ("https://app.example", true),
        ("https://app.example:443", true),
        // With `public_origin` the scheme is compared too.
        ("http://app.example", false),
        ("http://app.example:443", false),
        ("https://example.com", false),
        ("https://app.example:8443", false),
    ] {
        assert_eq!(passes(&post(&[("origin", origin)]), &public), expected, "{origin}");
    }
    // The public origin is not a trusted one: `Sec-Fetch-Site` still counts.
    assert!(!passes(&post(&[(SITE, "cross-site"), ("origin", "https://app.example")]), &public));
    assert!(passes(&post(&[(SITE, "same-origin"), ("origin", "https://example.com")]), &public));
}

#[test]
fn a_session_that_asks_for_no_origin_takes_any() {
    let attack = post(&[(SITE, "cross-site"), ("origin", "https://attacker.example")]);
    assert!(!passes(&attack, &plain()));
    assert!(passes(&attack, &policy(&Spec { csrf: false, ..SPEC }, None, &[])));
    assert!(passes(&attack, &policy(&Spec { cookie: None, ..SPEC }, None, &[])));
}

#[test]
fn the_reason_says_what_disagreed_and_what_to_write() {
    let public = policy(&SPEC, Some("https://app.example"), &[]);
    let other = ("origin", "https://idp.example");
    for (request, policy, reason) in [
        (
            post(&[other, (SITE, "cross-site")]),
            &plain(),
            "`Origin: https://idp.example`, `Sec-Fetch-Site: cross-site`; write `.trust_origin(\"https://idp.example\")` on the session's config if that site may send this",
        ),
        (
            post(&[other]),
            &plain(),
            "`Origin: https://idp.example`, and the host is `example.com`; write `.public_origin(\"https://idp.example\")` if browsers see this service there, or `.trust_origin(\"https://idp.example\")` on the session's config if that site may send this",
        ),
        (
            post(&[other]),
            &public,
            "`Origin: https://idp.example`, and the public origin is `https://app.example`; write `.trust_origin(\"https://idp.example\")` on the session's config if that site may send this",
        ),
        (
            post(&[(SITE, "same-site")]),
            &plain(),
            "no `Origin`, `Sec-Fetch-Site: same-site`; only a page that says its origin can be trusted",
        ),
        (
            post(&[("origin", "null"), (SITE, "cross-site")]),
            &plain(),
            "`Origin: null`, `Sec-Fetch-Site: cross-site`; that is no origin that could be trusted",
        ),
        (post(&[other, other]), &plain(), "`Origin` stands more than once, and the host is `example.com`"),
    ] {
        let error = request.check(policy).unwrap_err();
        assert_eq!(error.to_string(), format!("the request comes from another origin: {reason}"));
        assert_eq!(error.code(), "ERR_SESSION_CROSS_SITE");
    }
}

/// A client cannot make a log line arbitrarily long.
#[test]
fn the_reason_is_bounded_and_visible() {
    let long = format!("https://{}.example", "a".repeat(10_000));
    let line = "line\tand more \u{1b}[31m".replace('\u{1b}', "\u{ff}");
    for (origin, site) in
        [(long.as_str(), long.as_str()), (line.as_str(), line.as_str()), ("null", long.as_str())]
    {
        let fields = [("host", long.as_str()), ("origin", origin), (SITE, site)];
        let error = request("POST", "/", &fields).check(&plain()).unwrap_err().to_string();
        assert!(error.len() < 800, "{} bytes", error.len());
        assert!(error.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '), "{error:?}");
    }
}
