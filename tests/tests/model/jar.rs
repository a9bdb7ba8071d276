//! A browser's cookies as RFC 6265 keeps them, §5.2 to §5.4: by name, domain and path, with their ends.

use std::collections::{BTreeMap, HashSet};

use super::kinds::Kind;
use super::support::SetCookie;

/// The jar of one browser that visits one host over TLS.
#[derive(Clone, Debug, Default)]
pub struct Jar {
    cookies: Vec<Cookie>,
    /// Tokens of sessions that this jar saw cleared.
    pub dead: HashSet<String>,
}

#[derive(Clone, Debug)]
struct Cookie {
    name: String,
    domain: String,
    path: String,
    value: String,
    /// `None`: until the browser is closed.
    end: Option<u64>,
}

impl Jar {
    /// Takes a `Set-Cookie` line that came at this time (§5.3); the place of a cookie that was there stays
    /// (step 11).
    pub fn apply(&mut self, line: &SetCookie, now: u64) {
        let attribute = |name: &str| line.attributes.get(name).map(String::as_str);
        let path = attribute("path").filter(|path| path.starts_with('/')).unwrap_or("/");
        let end = match (attribute("max-age").and_then(|age| age.parse::<i64>().ok()), attribute("expires")) {
            (Some(age), _) => Some(now.saturating_add_signed(age)),
            (None, Some(date)) => Some(seconds_of(date)),
            (None, None) => None,
        };
        let cookie = Cookie {
            name: line.name.clone(),
            domain: attribute("domain").unwrap_or_default().to_owned(),
            path: path.to_owned(),
            value: line.value.clone(),
            end,
        };
        let same = |other: &Cookie| {
            (&other.name, &other.domain, &other.path) == (&cookie.name, &cookie.domain, &cookie.path)
        };
        match self.cookies.iter().position(same) {
            Some(place) => self.cookies[place] = cookie,
            None => self.cookies.push(cookie),
        }
        self.evict(now);
    }

    pub fn evict(&mut self, now: u64) {
        self.cookies.retain(|cookie| cookie.end.is_none_or(|end| end > now));
    }

    pub fn reopen(&mut self) {
        self.cookies.retain(|cookie| cookie.end.is_some());
    }

    /// The names and values of a request's `Cookie` (§5.4): longer paths first, then the older.
    pub fn send(&mut self, path: &str, now: u64) -> Vec<(String, String)> {
        self.evict(now);
        let mut sent: Vec<&Cookie> =
            self.cookies.iter().filter(|cookie| matches(path, &cookie.path)).collect();
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        sent.into_iter().map(|cookie| (cookie.name.clone(), cookie.value.clone())).collect()
    }

    /// The cookies of one session.
    pub fn of(&self, kind: Kind) -> BTreeMap<String, String> {
        let own = self.cookies.iter().filter(|cookie| kind.owns(&cookie.name));
        own.map(|cookie| (cookie.name.clone(), cookie.value.clone())).collect()
    }
}

/// §5.1.4.
fn matches(request: &str, cookie: &str) -> bool {
    request
        .strip_prefix(cookie)
        .is_some_and(|rest| rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'))
}

/// Seconds since 1970 of an IMF-fixdate (RFC 9110 §5.6.7).
pub fn seconds_of(date: &str) -> u64 {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let parts: Vec<&str> = date.split(' ').collect();
    let [_, day, month, year, time, "GMT"] = parts.as_slice() else { panic!("`{date}` is no date") };
    let number = |text: &str| text.parse::<u64>().unwrap();
    let month = MONTHS.iter().position(|name| name == month).unwrap() as u64 + 1;
    // A year that begins in March has its leap day at its end.
    let year = number(year) - u64::from(month < 3);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + number(day) - 1;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468;
    let clock: Vec<u64> = time.split(':').map(number).collect();
    days * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
}
