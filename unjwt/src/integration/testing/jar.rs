//! The cookies of a client, kept as browsers keep them (RFC 6265 §5.3, RFC 6265bis §5.7).

use std::time::{Duration, SystemTime};

use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};

/// The longest name and value together that browsers keep, and the longest attribute.
const LONGEST: usize = 4096;
const LONGEST_ATTRIBUTE: usize = 1024;

/// The cookies that one host has set. The connection counts as secure.
#[derive(Clone, Default)]
pub(super) struct Jar(Vec<Cookie>);

#[derive(Clone)]
struct Cookie {
    name: String,
    value: String,
    path: String,
    /// `None` for a cookie that ends with the browser session.
    expires_at: Option<SystemTime>,
}

impl Jar {
    /// Keeps the cookies of a response to a request for this path.
    pub(super) fn keep(&mut self, response: &HeaderMap, request_path: &str, now: SystemTime) {
        for line in response.get_all(SET_COOKIE) {
            if let Some(cookie) = line.to_str().ok().and_then(|line| parse(line, request_path, now)) {
                self.put(cookie, now);
            }
        }
    }

    /// Puts a cookie in that no response has set, for all paths and until the browser ends.
    pub(super) fn plant(&mut self, name: &str, value: &str, now: SystemTime) {
        let (name, value, path) = (name.to_owned(), value.to_owned(), "/".to_owned());
        self.put(Cookie { name, value, path, expires_at: None }, now);
    }

    fn put(&mut self, cookie: Cookie, now: SystemTime) {
        let is_it = |known: &Cookie| known.name == cookie.name && known.path == cookie.path;
        let is_live = cookie.expires_at.is_none_or(|at| at > now);
        match self.0.iter().position(is_it) {
            // It keeps its place, which is that of its creation.
            Some(place) if is_live => self.0.splice(place..=place, [cookie]).for_each(drop),
            Some(place) => drop(self.0.remove(place)),
            None if is_live => self.0.push(cookie),
            None => {}
        }
    }

    /// Returns the `Cookie` header of a request for this path, longer paths first.
    pub(super) fn header(&self, request_path: &str, now: SystemTime) -> Option<HeaderValue> {
        to_header(self.live(now).filter(|cookie| matches(&cookie.path, request_path)).collect())
    }

    /// Returns a `Cookie` header with the cookies of all paths, for a request that is not one of a page.
    pub(super) fn whole(&self, now: SystemTime) -> Option<HeaderValue> {
        to_header(self.live(now).collect())
    }

    pub(super) fn value(&self, name: &str, now: SystemTime) -> Option<&str> {
        self.live(now).find(|cookie| cookie.name == name).map(|cookie| cookie.value.as_str())
    }

    pub(super) fn names(&self, now: SystemTime) -> impl Iterator<Item = &str> {
        self.live(now).map(|cookie| cookie.name.as_str())
    }

    /// Ends the browser session.
    pub(super) fn restart(&mut self) {
        self.0.retain(|cookie| cookie.expires_at.is_some());
    }

    fn live(&self, now: SystemTime) -> impl Iterator<Item = &Cookie> {
        self.0.iter().filter(move |cookie| cookie.expires_at.is_none_or(|at| at > now))
    }
}

/// Returns the `Cookie` header of these cookies, those of longer paths first.
fn to_header(mut cookies: Vec<&Cookie>) -> Option<HeaderValue> {
    cookies.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
    let pairs: Vec<_> = cookies.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
    let mut value = HeaderValue::try_from(pairs.join("; ")).ok().filter(|value| !value.is_empty())?;
    value.set_sensitive(true);
    Some(value)
}

/// Returns the cookie of a `Set-Cookie` line, unless browsers ignore it.
fn parse(line: &str, request_path: &str, now: SystemTime) -> Option<Cookie> {
    let mut parts = line.split(';').map(str::trim);
    let (name, value) = parts.next()?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let (mut path, mut max_age, mut expires) = (None, None, None);
    let (mut is_secure, mut has_domain) = (false, false);
    for part in parts {
        let (attribute, text) =
            part.split_once('=').map_or((part, ""), |(name, text)| (name.trim(), text.trim()));
        if text.len() > LONGEST_ATTRIBUTE {
            continue;
        }
        match attribute.to_ascii_lowercase().as_str() {
            "path" => path = text.starts_with('/').then(|| text.to_owned()),
            "max-age" => max_age = text.parse::<i64>().ok().or(max_age),
            "expires" => expires = httpdate::parse_http_date(text).ok().or(expires),
            "secure" => is_secure = true,
            "domain" => has_domain = !text.is_empty(),
            _ => {}
        }
    }
    let path = path.unwrap_or_else(|| default_path(request_path).to_owned());
    let begins =
        |prefix: &str| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    let is_ignored = name.len() + value.len() > LONGEST
        || name.is_empty()
        || begins("__Secure-") && !is_secure
        || begins("__Host-") && (!is_secure || has_domain || path != "/");
    let expires_at = match max_age {
        // `Max-Age` wins, in whatever order they come.
        Some(seconds) => Some(match u64::try_from(seconds) {
            Ok(seconds) => {
                now.checked_add(Duration::from_secs(seconds)).unwrap_or(now + Duration::from_secs(1 << 32))
            }
            Err(_) => now,
        }),
        None => expires,
    };
    (!is_ignored).then(|| Cookie { name: name.to_owned(), value: value.to_owned(), path, expires_at })
}

/// The folder of a request's path (RFC 6265 §5.1.4).
fn default_path(request_path: &str) -> &str {
    match request_path.rsplit_once('/') {
        Some((folder, _)) if folder.starts_with('/') => folder,
        _ => "/",
    }
}

fn matches(path: &str, request_path: &str) -> bool {
    request_path
        .strip_prefix(path)
        .is_some_and(|rest| rest.is_empty() || path.ends_with('/') || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    const NOW: SystemTime = UNIX_EPOCH;

    fn later(seconds: u64) -> SystemTime {
        NOW + Duration::from_secs(seconds)
    }

    fn jar(lines: &[&str]) -> Jar {
        let lines = lines.iter().map(|line| (SET_COOKIE, HeaderValue::from_str(line).unwrap()));
        let mut jar = Jar::default();
        jar.keep(&HeaderMap::from_iter(lines), "/shop/cart", NOW);
        jar
    }

    fn header(jar: &Jar, path: &str, now: SystemTime) -> String {
        jar.header(path, now).map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn cookies_go_to_their_paths() {
        let jar = jar(&["a=1; Path=/", "b=2; Path=/shop", "c=3", "d=4; Path=/other", "e=5; Path=shop"]);
        assert_eq!(header(&jar, "/shop/cart", NOW), "b=2; c=3; e=5; a=1");
        assert_eq!(header(&jar, "/shop", NOW), "b=2; c=3; e=5; a=1");
        assert_eq!(header(&jar, "/shopping", NOW), "a=1");
        assert_eq!(header(&jar, "/", NOW), "a=1");
        assert_eq!(jar.names(NOW).count(), 5);
    }

    #[test]
    fn cookies_end() {
        let mut jar = jar(&[
            "a=1; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "b=2; Expires=Thu, 01 Jan 1970 00:00:10 GMT",
            "c=3",
            "d=4; Max-Age=0",
            "e=5; Max-Age=-1",
            "f=6; Max-Age=9223372036854775807",
        ]);
        assert_eq!(header(&jar, "/shop/", NOW), "a=1; b=2; c=3; f=6");
        assert_eq!(header(&jar, "/shop/", later(10)), "c=3; f=6");
        jar.restart();
        assert_eq!(header(&jar, "/shop/", NOW), "a=1; b=2; f=6");
        let removal = HeaderMap::from_iter([(SET_COOKIE, HeaderValue::from_static("a=; Max-Age=0"))]);
        jar.keep(&removal, "/shop/cart", NOW);
        assert_eq!((jar.value("a", NOW), jar.value("b", NOW)), (None, Some("2")));
    }

    #[test]
    fn what_browsers_ignore_is_not_kept() {
        let long = format!("g={}", "x".repeat(4096));
        let jar = jar(&[
            "__Host-a=1; Path=/",
            "__host-b=1; Path=/; Secure; Domain=example.com",
            "__Host-c=1; Secure",
            "__Host-d=1; Secure; Path=/",
            "__Secure-e=1",
            "__Secure-f=1; Secure",
            &long,
            "no pair",
            "=1",
        ]);
        assert_eq!(jar.names(NOW).collect::<Vec<_>>(), ["__Host-d", "__Secure-f"]);
    }

    #[test]
    fn a_cookie_is_replaced_in_its_place() {
        let mut jar = jar(&["a=1", "b=2", "a=3"]);
        assert_eq!(header(&jar, "/shop/", NOW), "a=3; b=2");
        jar.plant("a", "4", NOW);
        assert_eq!(header(&jar, "/shop/", NOW), "a=3; b=2; a=4", "another path");
        assert_eq!(header(&jar, "/", NOW), "a=4");
    }
}
