//! A standards-compliant browser stores, returns, replaces and completely removes the cookies that the crate
//! writes.

use http::HeaderValue;
use serde_json::Value;
use unjwt::__private::{CookieSpec, SameSite, Spec};
use unjwt::{ErrorKind, JweKey, RequestContext, Status, Tokens};
use unjwt_tests::told;

use super::agent::{Agent, Api, Url};
use super::files::{calls, document};
use super::sessions::{SPEC, User, ada, big, cookie, lines, read, request, tokens};
use super::set_cookie::{self, MAX_ATTRIBUTE_VALUE, MAX_LIFETIME, MAX_PAIR, SetCookie};
use super::support::TestClock;

/// The minimum that RFC 6265 §6.1 guarantees for name, value and attributes together.
const LINE_LIMIT: usize = 4096;

/// Every attribute that the derive accepts, in every combination that it accepts.
fn specs() -> Vec<Spec> {
    let long = format!("/{}", "p".repeat(MAX_ATTRIBUTE_VALUE - 1)).leak();
    let mut specs = Vec::new();
    for name in ["sid", "__Secure-sid", "__Host-sid", "__Http-sid", "__Host-Http-sid"] {
        for (path, domain) in
            [("/", None), ("/app", Some("example.com")), (&*long, None), ("/", Some("app.example.com"))]
        {
            for same_site in [SameSite::Strict, SameSite::Lax, SameSite::None] {
                for flags in 0..8 {
                    let (secure, http_only, partitioned) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0);
                    let spec = CookieSpec {
                        path,
                        domain,
                        secure,
                        http_only,
                        same_site: Some(same_site),
                        partitioned,
                        ..cookie()
                    };
                    if accepted(name, &spec) {
                        for (session, own) in
                            [(None, None), (Some(3600), None), (None, Some(MAX_LIFETIME as u64))]
                        {
                            let cookie = Some(CookieSpec { max_age: own, ..spec });
                            specs.push(Spec { name, max_age: session, cookie, ..SPEC });
                        }
                    }
                }
            }
        }
    }
    specs
}

/// What the derive refuses, it refuses with these reasons: none of it would be stored.
fn accepted(name: &str, cookie: &CookieSpec) -> bool {
    let needs_secure =
        name.starts_with("__") || cookie.partitioned || matches!(cookie.same_site, Some(SameSite::None));
    (cookie.secure || !needs_secure)
        && (cookie.http_only || !name.contains("Http-"))
        && (!name.starts_with("__Host-") || cookie.path == "/" && cookie.domain.is_none())
}

/// A page on which the session's cookie is sent.
fn page(cookie: &CookieSpec) -> Url {
    let scheme = if cookie.secure { "https" } else { "http" };
    Url::new(&format!("{scheme}://app.example.com{}/page", cookie.path.trim_end_matches('/')))
}

/// A request of this browser, and the response's lines after `handle` into its store. Each must be stored.
async fn visit(agent: &mut Agent, tokens: &Tokens<User>, url: &Url, write: Write) -> Vec<String> {
    let fields: Vec<HeaderValue> = sent(agent, url).into_iter().collect();
    let context = RequestContext::new(&request(&fields));
    match write {
        Write::Replace(user) => drop(tokens.replace(&context, user).await.unwrap()),
        Write::Clear => tokens.clear(&context).await.unwrap(),
    }
    let lines = lines(&context);
    for line in &lines {
        let removes = line.contains("Max-Age=0");
        assert_eq!(agent.receive(url, line, Api::Http), !removes, "{line}");
    }
    lines
}

enum Write {
    Replace(User),
    Clear,
}

fn sent(agent: &Agent, url: &Url) -> Option<HeaderValue> {
    let header = agent.header(url, Api::Http);
    (!header.is_empty()).then(|| HeaderValue::from_str(&header).unwrap())
}

/// Returns the number of the session's cookies that the browser holds.
fn held(agent: &Agent, name: &str) -> usize {
    let ours = |own: &str| own == name || own.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    agent.cookies.iter().filter(|stored| ours(&stored.cookie.name)).count()
}

#[tokio::test]
async fn every_line_is_stored_sent_back_replaced_and_removed() {
    let clock = TestClock::new();
    let specs = specs();
    for spec in &specs {
        let settings = spec.cookie.unwrap();
        let url = page(&settings);
        let tokens = tokens(*spec, &clock);
        let mut agent = Agent::at(clock.now() as i64);
        for other in ["lang=it; Path=/", "sid2=x; Path=/", "sidx.1=y; Path=/"] {
            assert!(agent.receive(&url, other, Api::Http));
        }
        // Three chunks of one partition would not all be kept.
        let large = if settings.partitioned { User { sub: "x".repeat(4_000) } } else { big() };
        for user in [ada(), large, ada()] {
            let chunked = user != ada();
            let lines = visit(&mut agent, &tokens, &url, Write::Replace(user.clone())).await;
            for line in &lines {
                check(line, spec, &settings, clock.now() as i64);
            }
            assert_eq!(held(&agent, spec.name) > 1, chunked, "{lines:?}");
            let back = sent(&agent, &url).unwrap();
            assert_eq!(read(&tokens, &[back]).await, (Status::Valid, Some(user)), "{lines:?}");
            seen_where_it_should_be(&agent, spec, &settings, &url);
        }
        let end = agent.cookies.iter().find(|stored| stored.cookie.name == spec.name).unwrap().end;
        assert_eq!(end.is_some(), spec.max_age.or(settings.max_age).is_some());
        if let Some(end) = end {
            let mut later = agent.clone();
            later.now = end;
            assert!(later.cookies_for(&url, Api::Http).iter().all(|stored| stored.cookie.name != spec.name));
        }
        visit(&mut agent, &tokens, &url, Write::Clear).await;
        assert_eq!((held(&agent, spec.name), agent.cookies.len()), (0, 3), "{spec:?}");
    }
    told!("{} combinations of attributes", specs.len());
    assert!(specs.len() > 100);
}

/// The line says what the attribute does, within what browsers look at.
fn check(line: &str, spec: &Spec, settings: &CookieSpec, now: i64) {
    assert!(line.len() <= LINE_LIMIT, "{}", line.len());
    for attribute in line.split("; ").skip(1) {
        assert!(attribute.split_once('=').unwrap_or_default().1.len() <= MAX_ATTRIBUTE_VALUE, "{attribute}");
    }
    let read = SetCookie::parse(line).unwrap();
    assert!(read.name.len() + read.value.len() <= MAX_PAIR);
    // RFC 6265 §4.1.1: nothing that a browser or a proxy could take for something else.
    let octet = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    assert!(read.value.bytes().all(octet), "{line}");
    let same_site = settings.same_site.map(|same_site| match same_site {
        SameSite::Strict => set_cookie::SameSite::Strict,
        SameSite::Lax => set_cookie::SameSite::Lax,
        SameSite::None => set_cookie::SameSite::None,
    });
    let removes = read.value.is_empty();
    let age = if removes { Some(0) } else { settings.max_age.or(spec.max_age).map(|age| age as i64) };
    let expected = SetCookie {
        name: read.name.clone(),
        value: read.value.clone(),
        max_age: age,
        // Both of one moment, for browsers that know one of them.
        expires: age.map(|age| if removes { 0 } else { now + age }),
        domain: settings.domain.map(str::to_owned),
        path: Some(settings.path.to_owned()),
        secure: settings.secure,
        http_only: settings.http_only,
        same_site,
        partitioned: settings.partitioned,
    };
    assert_eq!(read, expected, "{line}");
    assert!(read.name.starts_with(spec.name));
    // The browser shortens nothing.
    assert!(age.is_none_or(|age| age <= MAX_LIFETIME));
}

fn seen_where_it_should_be(agent: &Agent, spec: &Spec, settings: &CookieSpec, url: &Url) {
    let seen =
        |url: &Url, api| agent.cookies_for(url, api).iter().any(|stored| stored.cookie.name == spec.name);
    assert_eq!(seen(url, Api::Script), !settings.http_only);
    let plain = Url { secure: false, ..url.clone() };
    assert_eq!(seen(&plain, Api::Http), !settings.secure);
    let elsewhere = Url { path: "/else".to_owned(), ..url.clone() };
    assert_eq!(seen(&elsewhere, Api::Http), settings.path == "/");
    let sibling = Url { host: "other.example.com".to_owned(), ..url.clone() };
    assert_eq!(seen(&sibling, Api::Http), settings.domain == Some("example.com"));
}

/// From nothing to more than fits: either all of it is within what browsers keep, or nothing is written.
#[tokio::test]
async fn a_session_of_any_size_is_kept_whole_or_refused() {
    let clock = TestClock::new();
    let per_partition = limit("chromium_partitioned_bytes_per_domain").unwrap_or(10_240);
    let per_domain = limit("chromium_per_domain").unwrap_or(180);
    for (partitioned, max_chunks) in [(false, 3), (true, 3), (false, 12), (true, 12)] {
        let settings = CookieSpec { partitioned, max_chunks, ..cookie() };
        let tokens = tokens(Spec { cookie: Some(settings), ..SPEC }, &clock);
        let url = page(&settings);
        let (mut written, mut refused) = (0, 0);
        for size in (0..40_000).step_by(331) {
            let user = User { sub: "x".repeat(size) };
            let context = RequestContext::new(&request(&[]));
            match tokens.replace(&context, user.clone()).await {
                Err(error) => {
                    refused += 1;
                    assert_eq!(error.kind(), ErrorKind::TooLarge);
                    assert!(lines(&context).is_empty());
                }
                Ok(_) => {
                    assert_eq!(refused, 0, "a larger one than one that was refused");
                    written += 1;
                    let mut agent = Agent::at(clock.now() as i64);
                    let lines = lines(&context);
                    assert!(lines.iter().all(|line| agent.receive(&url, line, Api::Http)));
                    assert!(lines.iter().all(|line| line.len() <= LINE_LIMIT));
                    let kept: usize = agent
                        .cookies
                        .iter()
                        .map(|stored| stored.cookie.name.len() + stored.cookie.value.len())
                        .sum();
                    assert!(!partitioned || kept <= per_partition, "{kept} bytes in one partition");
                    assert!(lines.len() <= per_domain);
                    let back = sent(&agent, &url).unwrap();
                    assert_eq!(read(&tokens, &[back]).await, (Status::Valid, Some(user)));
                }
            }
        }
        told!("partitioned {partitioned}, {max_chunks} chunks: {written} sizes written, {refused} refused");
        assert!(written > 10 && refused > 10);
    }
}

fn limit(name: &str) -> Option<usize> {
    document("cookies_limits.json")
        .and_then(|limits| limits[name]["value"].as_u64())
        .map(|limit| limit as usize)
}

/// The browser of these tests has the limits that the file records, so that ours hold against them.
#[test]
fn the_limits_are_those_of_browsers() {
    for (name, ours) in [
        ("name_plus_value_max", MAX_PAIR),
        ("attribute_value_max", MAX_ATTRIBUTE_VALUE),
        ("max_age_cap", MAX_LIFETIME as usize),
        ("rfc6265_original", LINE_LIMIT),
    ] {
        if let Some(recorded) = limit(name) {
            assert_eq!(ours, recorded, "{name}");
            told!("cookies_limits.json: {name} {recorded}");
        }
    }
}

/// A domain that another library refuses to write, ours refuses when the process starts. Of those that it
/// writes, ours refuses the ones with a dot before them, which means nothing.
#[test]
fn domains_that_would_break_the_line_are_refused() {
    let clock = TestClock::new();
    let (mut accepted, mut refused) = (0, 0);
    for call in calls()
        .into_iter()
        .filter(|call| call.function == "stringifySetCookie" && call.name.contains("\"domain\""))
    {
        let Some(domain) = call.arguments[0]["domain"].as_str() else { continue };
        let config = User::config(JweKey::secret([7; 32])).clock(clock.read()).cookie_domain(domain);
        match call.answer {
            Some(Value::String(line)) => {
                accepted += 1;
                assert!(line.contains(&format!("Domain={domain}")));
                match domain.strip_prefix('.') {
                    None => drop(config.build().unwrap()),
                    Some(_) => {
                        let message = config.build().unwrap_err().to_string();
                        assert!(message.contains("an extra dot"), "{message}");
                    }
                }
            }
            _ => {
                refused += 1;
                let message = config.build().unwrap_err().to_string();
                assert!(message.contains("a cookie's domain cannot contain"), "{message}");
            }
        }
    }
    told!("cookies_jshttp.json (domains): {accepted} written, {refused} refused");
}
