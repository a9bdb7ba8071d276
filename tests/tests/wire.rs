//! The wire format: payloads, headers, cookies and their chunks.

mod support;

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::json;
use support::{Browser, START, SetCookie, TestClock, json_segment, set_cookies};
use unjwt::{ConfigError, ErrorKind, JweKey, Jwk, JwsKey, RequestContext, Session, Status, Tokens};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "sid", max_age = "1h")]
struct Plain {
    sub: String,
    #[serde(rename = "scp")]
    scope: Vec<String>,
}

fn plain() -> Plain {
    Plain { sub: "ada".to_owned(), scope: vec!["read".to_owned()] }
}

const SECRET: [u8; 32] = [5; 32];

fn plains(clock: &TestClock) -> Tokens<Plain> {
    Plain::config(JwsKey::secret(SECRET)).clock(clock.read()).build().unwrap()
}

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jws, name = "sid", typ = "sid+jwt")]
struct Raw {
    #[serde(flatten)]
    members: BTreeMap<String, serde_json::Value>,
}

fn finish(context: &RequestContext) -> Vec<SetCookie> {
    let mut headers = HeaderMap::new();
    context.finish(&mut headers);
    set_cookies(&headers)
}

#[tokio::test]
async fn the_payload_is_the_structs_claims_then_the_registered_ones() {
    let clock = TestClock::new();
    let token = plains(&clock).sign(&plain()).await.unwrap().token;
    let payload = json_segment(&token, 1);
    let jti = payload["jti"].as_str().unwrap().to_owned();
    assert_eq!(
        payload,
        json!({"sub": "ada", "scp": ["read"], "jti": jti, "iat": START, "exp": START + 3600})
    );
    let text = String::from_utf8(support::segment(&token, 1)).unwrap();
    assert!(text.starts_with(r#"{"sub":"ada","scp":["read"],"jti":""#), "{text}");
    assert_eq!(jti.len(), 36);
    assert_eq!(jti.as_bytes()[14], b'4', "a UUID of version 4");
    assert_eq!(json_segment(&token, 0), json!({"typ": "sid+jwt", "alg": "HS256"}));
}

#[test]
fn seconds_are_whole_and_rounded_down() {
    let clock = TestClock::new();
    clock.advance(std::time::Duration::from_millis(999));
    let sessions = plains(&clock);
    let header = sessions.cookie_header(&plain()).unwrap();
    let token = header.to_str().unwrap().strip_prefix("sid=").unwrap();
    assert_eq!(json_segment(token, 1)["iat"], START);
}

#[tokio::test]
async fn one_sessions_token_is_never_anothers() {
    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jws, name = "other", max_age = "1h")]
    struct Other {
        sub: String,
    }
    let clock = TestClock::new();
    let other = Other::config(JwsKey::secret(SECRET)).clock(clock.read()).build().unwrap();
    let token = plains(&clock).sign(&plain()).await.unwrap().token;
    assert_eq!(other.verify_without_hooks(&token).await.unwrap_err().kind(), ErrorKind::JwsInvalid);
}

#[tokio::test]
async fn a_shared_secret_gives_each_encrypted_session_a_key_of_its_own() {
    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jwe, name = "one", typ = "JWT")]
    struct One {}
    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jwe, name = "two", typ = "JWT")]
    struct Two {}
    let one = One::config(JweKey::secret(SECRET)).build().unwrap();
    let two = Two::config(JweKey::secret(SECRET)).build().unwrap();
    let token = one.seal(&One {}).await.unwrap().token;
    assert!(one.unseal_without_hooks(&token).await.is_ok());
    assert_eq!(two.unseal_without_hooks(&token).await.unwrap_err().kind(), ErrorKind::JweDecryptionFailed);
    assert_eq!(json_segment(&token, 0), json!({"typ": "JWT", "alg": "dir", "enc": "A256GCM"}));
}

#[tokio::test]
async fn a_session_whose_struct_takes_everything_keeps_the_registered_claims_out_of_it() {
    let clock = TestClock::new();
    let raw = Raw::config(JwsKey::secret(SECRET)).clock(clock.read()).build().unwrap();
    let token = raw.sign(&Raw { members: BTreeMap::from([("a".to_owned(), json!(1))]) }).await.unwrap().token;
    let read = raw.verify_without_hooks(&token).await.unwrap();
    assert_eq!(read.data.members, BTreeMap::from([("a".to_owned(), json!(1))]));
    let forged = Raw { members: BTreeMap::from([("exp".to_owned(), json!(9_999_999_999_u64))]) };
    assert_eq!(raw.sign(&forged).await.unwrap_err().kind(), ErrorKind::Unserializable);
}

#[tokio::test]
async fn max_age_bounds_the_age_even_where_exp_says_more() {
    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jws, name = "sid", max_age = "2h")]
    struct Longer {
        sub: String,
        scp: Vec<String>,
    }
    let clock = TestClock::new();
    let longer = Longer::config(JwsKey::secret(SECRET)).clock(clock.read()).build().unwrap();
    let token = longer.sign(&Longer { sub: "ada".to_owned(), scp: vec![] }).await.unwrap().token;
    let sessions = plains(&clock);
    assert_eq!(sessions.verify_without_hooks(&token).await.unwrap().expires_at.as_secs(), START + 3600);
    clock.seconds(3600);
    assert_eq!(sessions.verify_without_hooks(&token).await.unwrap_err().kind(), ErrorKind::Expired);
    assert!(longer.verify_without_hooks(&token).await.is_ok());
}

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(
    jws,
    name = "claims",
    max_age = "1h",
    issuer = "https://id.example",
    audience("api", "web"),
    clock_tolerance = "30s",
    required_claims("tenant")
)]
struct Claims {
    tenant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra: Option<String>,
}

#[tokio::test]
async fn declared_claims_are_written_and_checked() {
    let clock = TestClock::new();
    let config = || Claims::config(JwsKey::secret(SECRET)).clock(clock.read());
    let sessions = config().build().unwrap();
    let token = sessions.sign(&Claims { tenant: None, extra: None }).await.unwrap().token;
    let payload = json_segment(&token, 1);
    assert_eq!(payload["iss"], "https://id.example");
    assert_eq!(payload["aud"], json!(["api", "web"]));
    assert!(sessions.verify_without_hooks(&token).await.is_ok());

    let other_issuer = config().issuer("https://evil.example").build().unwrap();
    assert_eq!(other_issuer.verify_without_hooks(&token).await.unwrap_err().kind(), ErrorKind::ClaimInvalid);
    let one_audience = config().audience(["web"]).build().unwrap();
    assert!(one_audience.verify_without_hooks(&token).await.is_ok());
    let other_audience = config().audience(["admin"]).build().unwrap();
    assert_eq!(
        other_audience.verify_without_hooks(&token).await.unwrap_err().kind(),
        ErrorKind::ClaimInvalid
    );

    clock.seconds(3629);
    assert!(sessions.verify_without_hooks(&token).await.is_ok(), "inside the tolerance");
    clock.seconds(1);
    assert_eq!(sessions.verify_without_hooks(&token).await.unwrap_err().kind(), ErrorKind::Expired);
}

#[tokio::test]
async fn the_tolerance_holds_for_every_use_of_a_session() {
    let clock = TestClock::new();
    let sessions = Claims::config(JwsKey::secret(SECRET)).clock(clock.read()).build().unwrap();
    let browser = Browser::with(&sessions.cookie_header(&Claims { tenant: None, extra: None }).unwrap());
    clock.seconds(3610);
    let context = RequestContext::new(&browser.request_headers());
    for _ in 0..2 {
        let manager = sessions.manager(&context).await.unwrap();
        assert!(manager.current().is_some());
        assert_eq!(manager.status(), Status::Valid);
    }
    assert!(finish(&context).is_empty());
}

#[tokio::test]
async fn a_token_without_a_required_claim_is_refused() {
    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jws, name = "claims", max_age = "1h", issuer = "https://id.example", audience = "api")]
    struct Lacking {}
    let clock = TestClock::new();
    let lacking = Lacking::config(JwsKey::secret(SECRET)).clock(clock.read()).build().unwrap();
    let token = lacking.sign(&Lacking {}).await.unwrap().token;
    let sessions = Claims::config(JwsKey::secret(SECRET)).clock(clock.read()).build().unwrap();
    assert_eq!(sessions.verify_without_hooks(&token).await.unwrap_err().kind(), ErrorKind::ClaimMissing);
}

#[test]
fn a_clock_that_another_machine_has_ahead_is_forgiven_for_a_minute_and_no_more() {
    let (ahead, clock) = (TestClock::new(), TestClock::new());
    ahead.seconds(60);
    let token = |ahead: &TestClock| plains(ahead).cookie_header(&plain()).unwrap();
    let status = |header: HeaderValue| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let context = RequestContext::new(&Browser::with(&header).request_headers());
        runtime.block_on(plains(&clock).manager(&context)).unwrap().status()
    };
    assert_eq!(status(token(&ahead)), Status::Valid);
    ahead.seconds(1);
    assert_eq!(status(token(&ahead)), Status::Rejected);
}

#[tokio::test]
async fn the_cookie_has_the_attributes_of_its_family_and_ends_with_the_token() {
    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jwe, name = "__Host-id", max_age = "1h")]
    struct Hidden {}
    let clock = TestClock::new();
    let hidden = Hidden::config(JweKey::secret(SECRET)).clock(clock.read()).build().unwrap();
    let context = RequestContext::new(&HeaderMap::new());
    hidden.replace(&context, Hidden {}).await.unwrap();
    plains(&clock).replace(&context, plain()).await.unwrap();
    let lines = finish(&context);
    assert_eq!(lines.len(), 2);
    let rest = |line: &SetCookie| line.line.split_once("; ").unwrap().1.to_owned();
    let end = "Max-Age=3600; Expires=Thu, 01 Jan 2026 01:00:00 GMT";
    assert_eq!(lines[0].name, "__Host-id");
    assert_eq!(rest(&lines[0]), format!("Path=/; HttpOnly; Secure; SameSite=Lax; {end}"));
    assert_eq!(rest(&lines[1]), format!("Path=/; Secure; SameSite=Lax; {end}"));
}

#[tokio::test]
async fn deployment_values_change_the_cookie() {
    let clock = TestClock::new();
    let sessions = Plain::config(JwsKey::secret(SECRET))
        .clock(clock.read())
        .cookie_domain("example.com")
        .insecure_cookies_for_local_http()
        .build()
        .unwrap();
    let context = RequestContext::new(&HeaderMap::new());
    sessions.replace(&context, plain()).await.unwrap();
    let line = finish(&context).remove(0);
    assert_eq!(line.attributes["domain"], "example.com");
    assert!(!line.attributes.contains_key("secure"));
    for domain in ["", "exa mple.com", "a;b", "127.0.0.1", "a..b"] {
        let error = Plain::config(JwsKey::secret(SECRET)).cookie_domain(domain).build().unwrap_err();
        assert!(matches!(&error, ConfigError::Cookie { value, .. } if value == domain), "{error}");
    }
}

/// Every mistake is an `Err` that says what to write, before there is a request.
#[test]
fn origins_of_the_deployment_are_checked_when_it_starts() {
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jws, name = "sid", csrf = "off")]
    struct Unchecked {}

    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jws, name = "sid", cookie = false)]
    struct HeaderOnly {}

    let plain = || Plain::config(JwsKey::secret(SECRET));
    let both = plain()
        .trust_origin("https://idp.example")
        .trust_origin("http://localhost:5173")
        .public_origin("https://app.example");
    assert!(both.build().is_ok());
    for (error, message) in [
        (
            plain().trust_origin("https://idp.example").trust_origin("https://*.example").build().err(),
            "Plain: trust_origin `https://*.example`: `*` is not a host: name each origin in a call of its own, like `https://idp.example`",
        ),
        (
            plain().public_origin("app.example").build().err(),
            "Plain: public_origin `app.example`: has no scheme; write `https://app.example`",
        ),
        (
            plain().trust_origin("https://ada:secret@idp.example/").build().err(),
            "Plain: trust_origin `..@idp.example/`: an origin has no user name or password; write `https://idp.example`",
        ),
        (
            Unchecked::config(JwsKey::secret(SECRET)).trust_origin("https://idp.example").build().err(),
            "Unchecked: trust_origin `https://idp.example`: has no effect with `csrf = \"off\"`; remove one of them",
        ),
        (
            HeaderOnly::config(JwsKey::secret(SECRET)).public_origin("https://app.example").build().err(),
            "HeaderOnly: public_origin `https://app.example`: has no effect without a cookie: only cookies are sent automatically; remove it",
        ),
    ] {
        let error = error.unwrap();
        assert!(matches!(error, ConfigError::Origin { .. }));
        assert_eq!(error.to_string(), message);
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "big", max_age = "1h", cookie(max_chunks = 5))]
struct Big {
    text: String,
}

fn bigs(clock: &TestClock) -> Tokens<Big> {
    Big::config(JwsKey::secret(SECRET)).clock(clock.read()).build().unwrap()
}

fn big(length: usize) -> Big {
    Big { text: "x".repeat(length) }
}

#[tokio::test]
async fn every_size_of_session_survives_and_every_line_fits_a_browser() {
    let clock = TestClock::new();
    let sessions = bigs(&clock);
    let mut chunk_counts = std::collections::BTreeSet::new();
    for length in (0..14_000).step_by(97).chain(2_700..2_900) {
        let context = RequestContext::new(&HeaderMap::new());
        sessions.replace(&context, big(length)).await.unwrap();
        let lines = finish(&context);
        chunk_counts.insert(lines.len());
        assert!(lines.iter().all(|line| line.line.len() <= 4096 && line.value.len() <= 4000));
        if let [main, chunks @ ..] = lines.as_slice()
            && !chunks.is_empty()
        {
            assert_eq!(main.value, format!("__chunked__{}", chunks.len()));
            let names: Vec<String> = (1..=chunks.len()).map(|number| format!("big.{number}")).collect();
            assert_eq!(chunks.iter().map(|chunk| chunk.name.clone()).collect::<Vec<_>>(), names);
        }
        let mut browser = Browser::default();
        browser.cookies.extend(lines.into_iter().map(|line| (line.name, line.value)));
        let context = RequestContext::new(&browser.request_headers());
        assert_eq!(*sessions.get(&context).await.unwrap().unwrap().data, big(length));
    }
    assert_eq!(chunk_counts, std::collections::BTreeSet::from([1, 3, 4, 5, 6]));
}

#[tokio::test]
async fn shrinking_growing_and_clearing_leave_no_stale_chunk() {
    let clock = TestClock::new();
    let sessions = bigs(&clock);
    let mut browser = Browser::default();
    for length in [12_000, 6_000, 10, 9_000, 3_500] {
        let context = RequestContext::new(&browser.request_headers());
        // A bigger write in the same response is forgotten.
        sessions.replace(&context, big(13_000)).await.unwrap();
        sessions.replace(&context, big(length)).await.unwrap();
        let mut headers = HeaderMap::new();
        context.finish(&mut headers);
        browser.take(&headers);
        let chunks = browser.cookies.len() - 1;
        match browser.cookies["big"].strip_prefix("__chunked__") {
            Some(count) => assert_eq!(count.parse::<usize>().unwrap(), chunks),
            None => assert_eq!(chunks, 0),
        }
        let read = sessions.get(&RequestContext::new(&browser.request_headers())).await.unwrap().unwrap();
        assert_eq!(read.data.text.len(), length);
    }
    let context = RequestContext::new(&browser.request_headers());
    sessions.replace(&context, big(13_000)).await.unwrap();
    sessions.clear(&context).await.unwrap();
    let mut headers = HeaderMap::new();
    context.finish(&mut headers);
    browser.take(&headers);
    assert!(browser.cookies.is_empty(), "{:?}", browser.cookies.keys());
}

#[tokio::test]
async fn an_incomplete_or_malformed_chunk_set_is_rejected() {
    let clock = TestClock::new();
    let sessions = bigs(&clock);
    let whole = Browser::with(&sessions.cookie_header(&big(6_000)).unwrap());
    assert_eq!(whole.cookies.len(), 4);
    let status = async |change: fn(&mut BTreeMap<String, String>)| {
        let mut browser = whole.clone();
        change(&mut browser.cookies);
        let context = RequestContext::new(&browser.request_headers());
        let status = sessions.manager(&context).await.unwrap().status();
        assert!(finish(&context).is_empty(), "nothing is deleted");
        status
    };
    assert_eq!(status(|_| ()).await, Status::Valid);
    assert_eq!(
        status(|cookies| drop(cookies.insert("big.4".to_owned(), "left over".to_owned()))).await,
        Status::Valid
    );
    for change in [
        (|cookies| drop(cookies.remove("big.2"))) as fn(&mut BTreeMap<String, String>),
        |cookies| drop(cookies.insert("big.2".to_owned(), String::new())),
        |cookies| drop(cookies.insert("big".to_owned(), "__chunked__2".to_owned())),
        |cookies| drop(cookies.insert("big".to_owned(), "__chunked__0".to_owned())),
        |cookies| drop(cookies.insert("big".to_owned(), "__chunked__03".to_owned())),
        |cookies| drop(cookies.insert("big".to_owned(), "__chunked__3junk".to_owned())),
        |cookies| drop(cookies.insert("big".to_owned(), "__chunked__+3".to_owned())),
        |cookies| drop(cookies.insert("big".to_owned(), "__chunked__".to_owned())),
        |cookies| drop(cookies.insert("big".to_owned(), "__chunked__6".to_owned())),
        |cookies| drop(cookies.insert("big".to_owned(), "__chunked__99999999999999999999".to_owned())),
    ] {
        assert_eq!(status(change).await, Status::Rejected);
    }
}

#[tokio::test]
async fn every_cookie_of_the_name_is_tried_and_the_best_outcome_counts() {
    let clock = TestClock::new();
    let sessions = plains(&clock);
    let token = |clock: &TestClock| {
        let header = plains(clock).cookie_header(&plain()).unwrap();
        header.to_str().unwrap().to_owned()
    };
    let expired = token(&clock);
    clock.seconds(3600);
    let good = token(&clock);
    let status = async |cookies: &[&str]| {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append("cookie", cookie.parse().unwrap());
        }
        sessions.manager(&RequestContext::new(&headers)).await.unwrap().status()
    };
    assert_eq!(status(&["sid=garbage", &expired, &good]).await, Status::Valid, "split as HTTP/2 does");
    assert_eq!(status(&[&format!("sid=garbage; {expired}; {good}")]).await, Status::Valid);
    assert_eq!(status(&["sid=garbage", &expired]).await, Status::Expired);
    assert_eq!(status(&["sid=garbage"]).await, Status::Rejected);
    assert_eq!(status(&["sid=", "sidecar=1"]).await, Status::Absent);
    // Values that cannot be tokens do not count; those that can count up to a limit.
    let (signed, _) = good.rsplit_once('.').unwrap();
    for (flood, expected) in [("sid=garbage", Status::Valid), (&format!("{signed}.x"), Status::Rejected)] {
        let flood: Vec<String> = (0..50).map(|nth| format!("{flood}{nth}")).collect();
        let mut flood: Vec<&str> = flood.iter().map(String::as_str).collect();
        flood.push(&good);
        assert_eq!(status(&flood).await, expected);
    }
}

#[tokio::test]
async fn without_cookies_none_is_read_and_none_is_written() {
    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jws, name = "sid", max_age = "1h", typ = "sid+jwt", cookie = false)]
    struct HeaderOnly {
        sub: String,
        scp: Vec<String>,
    }
    let clock = TestClock::new();
    let sessions = HeaderOnly::config(JwsKey::secret(SECRET)).clock(clock.read()).build().unwrap();
    let cookie = plains(&clock).cookie_header(&plain()).unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("cookie", cookie.clone());
    let context = RequestContext::new(&headers);
    assert_eq!(sessions.manager(&context).await.unwrap().status(), Status::Absent);
    let current = sessions.replace(&context, HeaderOnly { sub: "a".to_owned(), scp: vec![] }).await.unwrap();
    assert!(finish(&context).is_empty());

    let mut headers = HeaderMap::new();
    headers.insert("x-sid-session", current.token.parse().unwrap());
    let read = sessions.get(&RequestContext::new(&headers)).await.unwrap().unwrap();
    assert_eq!(read.source, unjwt::Source::Header);
}

#[tokio::test]
async fn a_key_that_is_retired_still_reads() {
    let clock = TestClock::new();
    let (old, new) = (Jwk::generate("ES256").unwrap(), Jwk::generate("ES256").unwrap());
    let before = Plain::config(JwsKey::from_jwk(old.clone())).clock(clock.read()).build().unwrap();
    let token = before.sign(&plain()).await.unwrap().token;
    let after = Plain::config(JwsKey::from_jwk(new))
        .also_reads(JwsKey::from_jwk(old))
        .clock(clock.read())
        .build()
        .unwrap();
    assert_eq!(*after.verify_without_hooks(&token).await.unwrap().data, plain());
    let fresh = after.sign(&plain()).await.unwrap().token;
    assert!(before.verify_without_hooks(&fresh).await.is_err());
}

#[test]
fn an_unusable_key_is_told_when_the_process_starts() {
    let error = Plain::config(JwsKey::secret("short")).build().unwrap_err();
    let ConfigError::Key { session, reason } = &error else { panic!("{error:?}") };
    assert_eq!(session, "Plain");
    assert!(reason.contains("32"), "{reason}");
    assert!(!error.to_string().contains("short"));
}
