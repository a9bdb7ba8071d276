//! A client that keeps cookies as RFC 6265 specifies, with a clock that the test can set.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use ureq::Agent;
use ureq::http::{HeaderMap, Request, header};

/// Longer than any step takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A clone has the same cookies: it is somebody who has copied them.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    url: String,
    /// By name and path.
    jar: BTreeMap<(String, String), Kept>,
    /// How many seconds the client's clock is ahead.
    pub ahead: u64,
    /// The value of every cookie that the server has ever set.
    pub seen: BTreeSet<String>,
}

#[derive(Clone)]
struct Kept {
    value: String,
    expires_at: Option<u64>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: HeaderMap,
    pub set_cookies: Vec<SetCookie>,
    pub body: String,
}

#[derive(Debug)]
pub struct SetCookie {
    pub name: String,
    pub value: String,
    /// Names in lower case.
    attributes: BTreeMap<String, String>,
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

impl Client {
    pub fn new(url: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE));
        Self {
            agent: config.build().into(),
            url: url.to_owned(),
            jar: BTreeMap::new(),
            ahead: 0,
            seen: BTreeSet::new(),
        }
    }

    /// The server has another port now; cookies do not depend on ports.
    pub fn moves_to(&mut self, url: &str) {
        url.clone_into(&mut self.url);
    }

    pub fn get(&mut self, path: &str) -> Result<Answer> {
        self.send("GET", path, None, "")
    }

    /// Asks until the answer has this status, which another process may have to learn first.
    pub fn get_until(&mut self, path: &str, status: u16) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.get(path)?;
            if answer.status == status {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "{path} is never {status}: {answer:?}");
            thread::sleep(Duration::from_millis(100));
        }
    }

    pub fn post(&mut self, path: &str) -> Result<Answer> {
        self.send("POST", path, None, "")
    }

    pub fn post_json(&mut self, path: &str, body: &Value) -> Result<Answer> {
        self.send("POST", path, Some("application/json"), &body.to_string())
    }

    /// A request with a header.
    pub fn get_with(&mut self, path: &str, header: &str, value: &str) -> Result<Answer> {
        self.request("GET", path, &[(header, value)], "")
    }

    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        content_type: Option<&str>,
        body: &str,
    ) -> Result<Answer> {
        let headers = content_type.map(|content_type| ("content-type", content_type));
        self.request(method, path, headers.as_slice(), body)
    }

    pub fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let cookies = self.cookie_header(path);
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies);
        }
        let mut response =
            self.agent.run(request.body(body.to_owned())?).with_context(|| format!("{method} {path}"))?;
        let body = response.body_mut().read_to_string()?;
        let headers = response.headers().clone();
        let mut set_cookies = Vec::new();
        for line in headers.get_all(header::SET_COOKIE) {
            let cookie = SetCookie::parse(line.to_str()?).with_context(|| format!("{line:?}"))?;
            self.keep(&cookie);
            set_cookies.push(cookie);
        }
        Ok(Answer { status: response.status().as_u16(), headers, set_cookies, body })
    }

    /// RFC 6265 §5.3.
    fn keep(&mut self, cookie: &SetCookie) {
        let from_max_age = cookie.attribute("max-age").and_then(|seconds| seconds.parse::<i64>().ok());
        let from_expires = cookie.attribute("expires").and_then(|date| httpdate::parse_http_date(date).ok());
        let expires_at = match (from_max_age, from_expires) {
            (Some(seconds), _) => Some(self.now().saturating_add_signed(seconds)),
            (None, Some(date)) => Some(date.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()),
            (None, None) => None,
        };
        let path = cookie.attribute("path").filter(|path| path.starts_with('/')).unwrap_or("/");
        let kept = Kept { value: cookie.value.clone(), expires_at };
        self.jar.insert((cookie.name.clone(), path.to_owned()), kept);
        if !cookie.value.is_empty() {
            self.seen.insert(cookie.value.clone());
        }
    }

    /// A cookie that no server has set.
    pub fn put_cookie(&mut self, name: &str, value: &str) {
        let kept = Kept { value: value.to_owned(), expires_at: None };
        self.jar.insert((name.to_owned(), "/".to_owned()), kept);
    }

    /// The value of a cookie that exists and has not expired.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.live().find(|(live, _, _)| *live == name).map(|(_, _, value)| value.to_owned())
    }

    /// RFC 6265 §5.4. A query is no part of the path.
    pub fn cookie_header(&self, target: &str) -> String {
        let request_path = target.split('?').next().unwrap_or_default();
        let matches = |path: &str| {
            request_path == path
                || request_path
                    .strip_prefix(path)
                    .is_some_and(|rest| path.ends_with('/') || rest.starts_with('/'))
        };
        let cookies = self.live().filter(|(_, path, _)| matches(path));
        cookies.map(|(name, _, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn live(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let now = self.now();
        let live = self.jar.iter().filter(move |(_, kept)| kept.expires_at.is_none_or(|end| end > now));
        live.map(|((name, path), kept)| (name.as_str(), path.as_str(), kept.value.as_str()))
    }

    fn now(&self) -> u64 {
        now() + self.ahead
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Every value of a header that may come several times, in lower case.
    pub fn list(&self, name: &str) -> Vec<String> {
        let values = self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).map(|item| item.trim().to_ascii_lowercase()).collect()
    }

    pub fn set_cookie(&self, name: &str) -> Option<&SetCookie> {
        self.set_cookies.iter().find(|cookie| cookie.name == name)
    }

    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.body).with_context(|| format!("no JSON: {self:?}"))
    }

    /// What the JSON body has at this JSON pointer.
    pub fn at(&self, pointer: &str) -> Result<Value> {
        self.json()?.pointer(pointer).cloned().with_context(|| format!("no {pointer}: {self:?}"))
    }
}

impl SetCookie {
    /// RFC 6265 §5.2.
    fn parse(line: &str) -> Option<Self> {
        let mut parts = line.split(';').map(str::trim);
        let (name, value) = parts.next()?.split_once('=')?;
        let attributes = parts
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Some(Self { name: name.to_owned(), value: value.to_owned(), attributes })
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}
