//! What holds for every response, whatever the request.

use std::collections::BTreeMap;

use http::header::{CACHE_CONTROL, SET_COOKIE, VARY, WWW_AUTHENTICATE};
use http::response::Parts;
use http::{Method, StatusCode};

use super::service::token;

/// What a browser keeps of a cookie.
const LINE_LIMIT: usize = 4096;

/// The sessions' names, and the tokens that are valid for each.
const SESSIONS: [(&str, &[&str]); 4] =
    [("sid", &["sid", "chunks"]), ("access", &["access"]), ("__Host-plain", &["plain"]), ("api", &["api"])];

/// A `Set-Cookie` line: its value, and whether it removes the cookie.
type Written<'r> = BTreeMap<&'r str, (&'r str, bool)>;

pub(super) fn response(method: &Method, path: &str, head: &Parts, body: &[u8]) {
    assert!(!head.status.is_server_error(), "{method} {path}: {}", head.status);
    if head.status == StatusCode::UNAUTHORIZED {
        assert!(body.is_empty(), "{path}");
        assert_eq!(head.headers.get(WWW_AUTHENTICATE).map(|value| value.as_bytes()), Some(&b"Bearer"[..]));
    }
    let written = written(head);
    if !written.is_empty() {
        let caching: Vec<_> = head.headers.get_all(CACHE_CONTROL).iter().collect();
        assert_eq!(caching, ["private, no-store"]);
        assert!(head.headers.contains_key(VARY));
    }
    assert!(written.keys().all(|name| !name.starts_with("api")), "a session without a cookie writes none");

    let reads = *method == Method::GET || *method == Method::HEAD;
    if reads {
        for (name, (_, removes)) in &written {
            // Reading sets what `renew` made, and nothing else.
            assert!(*removes || of("access", name), "{path} sets {name}");
        }
    }
    if path == "/status" && *method == Method::GET && head.status == StatusCode::OK {
        status(std::str::from_utf8(body).expect("names and tokens are ASCII"), &written);
    }
    if head.status == StatusCode::UNAUTHORIZED && reads {
        let session = path.trim_start_matches('/');
        assert!(written.iter().all(|(name, (_, removes))| *removes || !of(session, name)), "{path}");
    }
}

fn written(head: &Parts) -> Written<'_> {
    let mut written = Written::new();
    for line in head.headers.get_all(SET_COOKIE) {
        assert!(line.len() <= LINE_LIMIT, "{} bytes", line.len());
        let line = line.to_str().expect("ASCII");
        let (pair, attributes) = line.split_once("; ").expect("every cookie has a path");
        let (name, value) = pair.split_once('=').expect("every cookie has a name");
        assert!(value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)), "{line}");
        assert!(attributes.starts_with("Path=/; ") && attributes.contains("Secure"), "{line}");
        let removes = attributes.ends_with("; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(removes, value.is_empty(), "{line}");
        assert!(written.insert(name, (value, removes)).is_none(), "{name} is written twice");
        assert!(SESSIONS.iter().any(|(session, _)| of(session, name)), "{name} is nobody's");
    }
    written
}

/// Whether the cookie is the session's or one of its chunks.
fn of(session: &str, cookie: &str) -> bool {
    cookie.strip_prefix(session).is_some_and(|rest| {
        rest.is_empty() || rest.strip_prefix('.').is_some_and(|number| number.parse::<u16>().is_ok())
    })
}

fn status(body: &str, written: &Written<'_>) {
    let lines: Vec<Vec<&str>> = body.lines().map(|line| line.split(' ').collect()).collect();
    assert_eq!(lines.len(), SESSIONS.len());
    for ((session, valid), line) in SESSIONS.iter().zip(&lines) {
        let &[name, status, current] = line.as_slice() else { panic!("{line:?}") };
        assert_eq!(name, *session);
        let mut own = written.iter().filter(|(cookie, _)| of(session, cookie));
        match status {
            "Valid" => {
                // What was accepted was made for this session, or just now.
                let known = valid.iter().filter_map(|name| token(name)).any(|token| holds(token, current));
                let new = own.any(|(_, (value, _))| *value == current);
                assert!(known || new, "{session} accepted {current}");
            }
            "Rejected" | "Absent" => {
                assert!(own.next().is_none(), "{session} is {status} and writes a cookie")
            }
            "Expired" => assert!(own.all(|(_, (_, removes))| *removes), "{session}"),
            other => panic!("{session} is {other}"),
        }
    }
}

/// Whether the material is the token, or the `Cookie` field with its chunks.
fn holds(material: &str, current: &str) -> bool {
    if material == current {
        return true;
    }
    let chunks = material.split("; ").skip(1).filter_map(|pair| Some(pair.split_once('=')?.1));
    material.contains("__chunked__") && chunks.collect::<String>() == current
}
