//! Utilities shared by the tests: a settable clock, a browser that stores cookies, and an inspector of
//! tokens.
#![allow(dead_code, unused_imports, reason = "each test file uses its part")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};

#[cfg(feature = "axum")]
pub mod router;
#[cfg(feature = "axum")]
pub use router::{Reply, reply};
#[cfg(feature = "axum")]
pub mod server;
pub mod store;

/// 2026-01-01T00:00:00Z.
pub const START: u64 = 1_767_225_600;

/// A clock that advances only when it is told to.
#[derive(Clone)]
pub struct TestClock(Arc<AtomicU64>);

impl TestClock {
    pub fn new() -> Self {
        Self(Arc::new(AtomicU64::new(START * 1000)))
    }

    pub fn advance(&self, time: Duration) {
        self.0.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }

    pub fn seconds(&self, seconds: u64) {
        self.advance(Duration::from_secs(seconds));
    }

    pub fn back(&self, seconds: u64) {
        self.0.fetch_sub(seconds * 1000, Ordering::SeqCst);
    }

    pub fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst) / 1000
    }

    pub fn read(&self) -> impl Fn() -> SystemTime + Send + Sync + 'static {
        let millis = Arc::clone(&self.0);
        move || UNIX_EPOCH + Duration::from_millis(millis.load(Ordering::SeqCst))
    }
}

/// One parsed `Set-Cookie` line.
#[derive(Clone, Debug, PartialEq)]
pub struct SetCookie {
    pub name: String,
    pub value: String,
    pub attributes: BTreeMap<String, String>,
    pub line: String,
}

impl SetCookie {
    pub fn parse(line: &str) -> Self {
        let mut parts = line.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let attributes = parts
            .map(|part| {
                let (name, value) = part.split_once('=').unwrap_or((part, ""));
                (name.to_ascii_lowercase(), value.to_owned())
            })
            .collect();
        Self { name: name.to_owned(), value: value.to_owned(), attributes, line: line.to_owned() }
    }

    pub fn removes(&self) -> bool {
        self.attributes.get("max-age").is_some_and(|age| age == "0")
    }
}

pub fn set_cookies(headers: &HeaderMap) -> Vec<SetCookie> {
    headers.get_all(SET_COOKIE).iter().map(|line| SetCookie::parse(line.to_str().unwrap())).collect()
}

/// A browser: keeps cookies by name and sends them back.
#[derive(Clone, Default)]
pub struct Browser {
    pub cookies: BTreeMap<String, String>,
}

impl Browser {
    pub fn with(header: &HeaderValue) -> Self {
        let mut browser = Self::default();
        for pair in header.to_str().unwrap().split("; ") {
            let (name, value) = pair.split_once('=').unwrap();
            browser.cookies.insert(name.to_owned(), value.to_owned());
        }
        browser
    }

    pub fn header(&self) -> Option<HeaderValue> {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| HeaderValue::from_str(&pairs.join("; ")).unwrap())
    }

    pub fn request_headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(cookies) = self.header() {
            headers.insert(COOKIE, cookies);
        }
        headers
    }

    pub fn take(&mut self, response: &HeaderMap) {
        for cookie in set_cookies(response) {
            if cookie.removes() {
                self.cookies.remove(&cookie.name);
            } else {
                self.cookies.insert(cookie.name, cookie.value);
            }
        }
    }
}

/// The segment of a token, decoded.
pub fn segment(token: &str, index: usize) -> Vec<u8> {
    base64_url(token.split('.').nth(index).unwrap())
}

pub fn json_segment(token: &str, index: usize) -> serde_json::Value {
    serde_json::from_slice(&segment(token, index)).unwrap()
}

/// An independent reader of base64url, so that the tests do not trust the one under test.
pub fn base64_url(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        other => panic!("{other} is not base64url"),
    };
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0u32, 0);
    for byte in text.bytes() {
        bits = bits << 6 | u32::from(value(byte));
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    bytes
}

/// A small generator of reproducible random numbers (xorshift).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}
