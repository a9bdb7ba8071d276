//! A model of a browser's cookie store (RFC 6265bis §5.7 and §5.8).

use super::set_cookie::{SameSite, SetCookie};

/// The URL of a page or a request.
#[derive(Clone, Debug)]
pub struct Url {
    pub secure: bool,
    pub host: String,
    pub path: String,
}

impl Url {
    pub fn new(text: &str) -> Self {
        let (scheme, rest) = text.split_once("://").unwrap();
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = authority.split(':').next().unwrap().to_ascii_lowercase();
        let path = format!("/{}", path.split(['?', '#']).next().unwrap());
        Self { secure: scheme == "https", host, path }
    }

    /// Resolves a reference to another path of the same host, or to another URL.
    pub fn join(&self, reference: &str) -> Self {
        if reference.contains("://") {
            return Self::new(reference);
        }
        let scheme = if self.secure { "https" } else { "http" };
        Self::new(&format!("{scheme}://{}{reference}", self.host))
    }

    /// RFC 6265 §5.1.4.
    fn default_path(&self) -> &str {
        match self.path.rfind('/') {
            None | Some(0) => "/",
            Some(end) => &self.path[..end],
        }
    }

    fn matches_domain(&self, domain: &str) -> bool {
        self.host == domain || self.host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
    }

    fn matches_path(&self, path: &str) -> bool {
        self.path
            .strip_prefix(path)
            .is_some_and(|rest| rest.is_empty() || path.ends_with('/') || rest.starts_with('/'))
    }
}

/// The API through which cookies are accessed: HTTP, or a page's script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    Http,
    Script,
}

#[derive(Clone, Debug)]
pub struct Stored {
    pub cookie: SetCookie,
    pub domain: String,
    pub host_only: bool,
    pub path: String,
    pub end: Option<i64>,
}

#[derive(Clone, Debug, Default)]
pub struct Agent {
    /// Seconds since the epoch.
    pub now: i64,
    /// The stored cookies in the order of their creation.
    pub cookies: Vec<Stored>,
}

impl Agent {
    pub fn at(now: i64) -> Self {
        Self { now, cookies: Vec::new() }
    }

    /// Stores the cookie of a line, and returns whether it is in the store.
    pub fn receive(&mut self, url: &Url, line: &str, api: Api) -> bool {
        let Some(stored) = SetCookie::parse(line).and_then(|cookie| self.accept(url, cookie, api)) else {
            return false;
        };
        let same = |old: &Stored| {
            (&old.cookie.name, &old.domain, old.host_only, &old.path)
                == (&stored.cookie.name, &stored.domain, stored.host_only, &stored.path)
        };
        let place = self.cookies.iter().position(same);
        if place.is_some_and(|place| api == Api::Script && self.cookies[place].cookie.http_only) {
            return false;
        }
        let gone = stored.end.is_some_and(|end| end <= self.now);
        match (place, gone) {
            (Some(place), true) => drop(self.cookies.remove(place)),
            // A replaced cookie keeps its creation time, and therefore its position.
            (Some(place), false) => self.cookies[place] = stored,
            (None, false) => self.cookies.push(stored),
            (None, true) => {}
        }
        !gone
    }

    fn accept(&self, url: &Url, cookie: SetCookie, api: Api) -> Option<Stored> {
        let mut domain = cookie.domain.clone().filter(|domain| !domain.is_empty());
        // A simplified list of public suffixes: every single label is one.
        if domain.as_ref().is_some_and(|domain| !domain.contains('.')) {
            domain = domain.filter(|domain| *domain != url.host);
            if domain.is_some() {
                return None;
            }
        }
        let host_only = domain.is_none();
        let domain = domain.unwrap_or_else(|| url.host.clone());
        let refused = !url.matches_domain(&domain)
            || cookie.secure && !url.secure
            || cookie.http_only && api == Api::Script
            || cookie.same_site == Some(SameSite::None) && !cookie.secure
            || cookie.partitioned && !cookie.secure
            || !prefix_holds(&cookie, host_only);
        if refused {
            return None;
        }
        let path = cookie.path.clone().unwrap_or_else(|| url.default_path().to_owned());
        let end = cookie.end(self.now);
        Some(Stored { cookie, domain, host_only, path, end })
    }

    /// Returns the cookies that the browser sends to this URL, or shows to its scripts.
    pub fn cookies_for(&self, url: &Url, api: Api) -> Vec<&Stored> {
        let fits = |stored: &&Stored| {
            let domain =
                if stored.host_only { url.host == stored.domain } else { url.matches_domain(&stored.domain) };
            domain
                && url.matches_path(&stored.path)
                && (url.secure || !stored.cookie.secure)
                && (api == Api::Http || !stored.cookie.http_only)
                && stored.end.is_none_or(|end| end > self.now)
        };
        let mut cookies: Vec<&Stored> = self.cookies.iter().filter(fits).collect();
        cookies.sort_by_key(|stored| std::cmp::Reverse(stored.path.len()));
        cookies
    }

    /// Returns the text of the `Cookie` header; empty if there is none.
    pub fn header(&self, url: &Url, api: Api) -> String {
        let pairs: Vec<String> = self
            .cookies_for(url, api)
            .into_iter()
            .map(|Stored { cookie: SetCookie { name, value, .. }, .. }| match name.as_str() {
                "" => value.clone(),
                name => format!("{name}={value}"),
            })
            .collect();
        pairs.join("; ")
    }
}

/// RFC 6265bis §5.7, steps 20 to 22, and the two prefixes of the layered-cookies draft.
fn prefix_holds(cookie: &SetCookie, host_only: bool) -> bool {
    let begins = |text: &str, prefix: &str| {
        text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    let has = |prefix| begins(&cookie.name, prefix);
    let host = host_only && cookie.path.as_deref() == Some("/");
    if cookie.name.is_empty() {
        let prefixes = ["__Secure-", "__Host-", "__Http-"];
        return !prefixes.iter().any(|prefix| begins(&cookie.value, prefix));
    }
    (!has("__Secure-") || cookie.secure)
        && (!has("__Host-") || cookie.secure && host)
        && (!has("__Http-") && !has("__Host-Http-") || cookie.secure && cookie.http_only)
}
