//! Origins as browsers serialise them (RFC 6454 §6.2), and the hosts of requests.

use std::net::Ipv6Addr;

use unjwt_rules::domain::is_host_name;

/// The origin of a web page.
///
/// The host is kept as written: with a trailing dot it is a different host, as it is for browsers.
#[derive(Clone, Debug)]
pub(crate) struct Origin<H> {
    https: bool,
    host: H,
    port: u16,
}

impl<'a> Origin<&'a str> {
    /// Parses an `Origin` header. Returns `None` for `null` and for schemes other than `http` and `https`.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let https = scheme.eq_ignore_ascii_case("https");
        if !https && !scheme.eq_ignore_ascii_case("http") {
            return None;
        }
        let (host, port) = host_and_port(authority)?;
        Some(Self { https, host, port: port.unwrap_or(default_port(https)) })
    }

    pub(crate) fn into_owned(self) -> Origin<Box<str>> {
        Origin { https: self.https, host: self.host.to_ascii_lowercase().into(), port: self.port }
    }
}

impl<H: AsRef<str>> Origin<H> {
    pub(crate) fn is(&self, other: &Origin<impl AsRef<str>>) -> bool {
        self.https == other.https
            && self.port == other.port
            && same_host(self.host.as_ref(), other.host.as_ref())
    }

    /// Returns whether `authority`, a request's `Host` or `:authority`, is that of this origin.
    ///
    /// The request's scheme is unknown behind a proxy that terminates TLS, so a missing port means the
    /// default port of the page's scheme.
    pub(crate) fn is_at(&self, authority: &str) -> bool {
        host_and_port(authority).is_some_and(|(host, port)| {
            port.unwrap_or(default_port(self.https)) == self.port && same_host(self.host.as_ref(), host)
        })
    }
}

/// Formats the origin as a browser does, except for the case of its letters.
impl<H: AsRef<str>> std::fmt::Display for Origin<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.host.as_ref())?;
        if self.port == default_port(self.https) { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

const fn default_port(https: bool) -> u16 {
    if https { 443 } else { 80 }
}

/// Splits `host[:port]`; an IPv6 address keeps its brackets. Returns `None` for anything else, including user
/// information.
fn host_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = if authority.starts_with('[') {
        let (host, rest) = authority.split_at_checked(authority.find(']')? + 1)?;
        ipv6(host)?;
        let port = if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) };
        (host, port)
    } else {
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        if host.is_empty() || !host.bytes().all(is_of_host) {
            return None;
        }
        (host, port)
    };
    match port {
        None => Some((host, None)),
        // `u16::from_str` would accept a leading `+`.
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some((host, Some(port.parse().ok()?)))
        }
        Some(_) => None,
    }
}

/// Returns whether a host may contain the byte: graphic ASCII without the forbidden host code points (WHATWG
/// URL §3.2).
fn is_of_host(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"#%/:<>?@[\\]^|".contains(&byte)
}

fn ipv6(host: &str) -> Option<Ipv6Addr> {
    host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

fn same_host(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || ipv6(one).is_some_and(|address| ipv6(other) == Some(address))
}

/// Parses an origin from the configuration.
///
/// # Errors
///
/// The message describes the problem and how to correct it.
pub(crate) fn configured(text: &str) -> Result<Origin<Box<str>>, String> {
    let refuse = |reason: &str| Err(reason.to_owned());
    if text.is_empty() {
        return refuse("is empty; write one like `https://idp.example`");
    }
    if text.contains(',') {
        return refuse("is more than one origin; name each in a call of its own");
    }
    if text.contains('*') {
        return refuse(
            "`*` is not a host: name each origin in a call of its own, like `https://idp.example`",
        );
    }
    if text.eq_ignore_ascii_case("null") {
        return refuse("any site can send `null`; name the origin of a page, like `https://idp.example`");
    }
    if let Some(bad) = text.chars().find(|c| c.is_whitespace() || c.is_control()) {
        return Err(format!("contains `{}`, which no origin does; remove it", bad.escape_default()));
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(format!("has no scheme; {}", instead("https", text.trim_start_matches('/'))));
    };
    let scheme = scheme.to_ascii_lowercase();
    let web = match scheme.as_str() {
        "http" | "https" => scheme.as_str(),
        "ws" => return Err(format!("a WebSocket is opened by a page; {}", instead("http", rest))),
        "wss" => return Err(format!("a WebSocket is opened by a page; {}", instead("https", rest))),
        _ => return Err(format!("the scheme must be `http` or `https`; {}", instead("https", rest))),
    };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    if authority.is_empty() {
        return refuse("has no host; write one like `https://idp.example`");
    }
    if authority.contains('@') {
        return Err(format!("an origin has no user name or password; {}", instead(web, rest)));
    }
    if authority.len() < rest.len() {
        let what =
            if rest.get(authority.len()..) == Some("/") { "ends with `/`" } else { "has a path or a query" };
        return Err(format!("{what}, and an origin is scheme, host and port alone; {}", instead(web, rest)));
    }
    if !authority.is_ascii() {
        return refuse("browsers send the host in ASCII; write it that way, with `xn--`");
    }
    if !authority.starts_with('[') && authority.matches(':').count() > 1 {
        return refuse("an IPv6 address needs brackets; write it like `https://[::1]:8443`");
    }
    match Origin::parse(text) {
        Some(origin) if is_host(origin.host) && origin.port != 0 => Ok(origin.into_owned()),
        _ => refuse(
            "has an invalid host or port; write it like `https://idp.example` or `http://localhost:3000`",
        ),
    }
}

/// Returns a suggestion for `rest`, which contains the host and superfluous parts.
fn instead(scheme: &str, rest: &str) -> String {
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let origin = format!("{scheme}://{authority}");
    match Origin::parse(&origin) {
        Some(origin) if is_host(origin.host) => format!("write `{origin}`"),
        _ => "write one like `https://idp.example`".to_owned(),
    }
}

/// Returns whether a browser could have loaded a page from this host: an IPv6 address, or a name.
fn is_host(host: &str) -> bool {
    ipv6(host).is_some() || is_host_name(host.strip_suffix('.').unwrap_or(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_origins_of_pages() {
        for (text, written) in [
            ("https://idp.example", "https://idp.example"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("HTTPS://IDP.Example", "https://idp.example"),
            ("https://idp.example:443", "https://idp.example"),
            ("http://idp.example:80", "http://idp.example"),
            ("http://idp.example:443", "http://idp.example:443"),
            ("https://idp.example:8443", "https://idp.example:8443"),
            ("https://my_app.idp.example", "https://my_app.idp.example"),
            ("https://idp.example.", "https://idp.example."),
            ("https://127.0.0.1:8443", "https://127.0.0.1:8443"),
            ("https://[::1]:8443", "https://[::1]:8443"),
        ] {
            assert_eq!(configured(text).map(|origin| origin.to_string()).as_deref(), Ok(written), "{text}");
        }
    }

    #[test]
    fn says_what_to_write_instead() {
        for (text, reason) in [
            ("", "is empty; write one like `https://idp.example`"),
            ("*", "`*` is not a host: name each origin in a call of its own, like `https://idp.example`"),
            (
                "https://*.idp.example",
                "`*` is not a host: name each origin in a call of its own, like `https://idp.example`",
            ),
            ("null", "any site can send `null`; name the origin of a page, like `https://idp.example`"),
            (
                "https://a.example,https://b.example",
                "is more than one origin; name each in a call of its own",
            ),
            ("idp.example", "has no scheme; write `https://idp.example`"),
            ("//idp.example/", "has no scheme; write `https://idp.example`"),
            ("idp.example:8443", "has no scheme; write `https://idp.example:8443`"),
            ("https:idp.example", "has no scheme; write one like `https://idp.example`"),
            ("wss://idp.example", "a WebSocket is opened by a page; write `https://idp.example`"),
            ("ws://localhost:3000", "a WebSocket is opened by a page; write `http://localhost:3000`"),
            ("capacitor://localhost", "the scheme must be `http` or `https`; write `https://localhost`"),
            ("https://", "has no host; write one like `https://idp.example`"),
            ("https:///path", "has no host; write one like `https://idp.example`"),
            (
                "https://idp.example/",
                "ends with `/`, and an origin is scheme, host and port alone; write `https://idp.example`",
            ),
            (
                "https://idp.example/callback",
                "has a path or a query, and an origin is scheme, host and port alone; write `https://idp.example`",
            ),
            (
                "https://idp.example?q=v",
                "has a path or a query, and an origin is scheme, host and port alone; write `https://idp.example`",
            ),
            (
                "http://idp.example:8080#top",
                "has a path or a query, and an origin is scheme, host and port alone; write `http://idp.example:8080`",
            ),
            (
                "https://ada:pw@idp.example",
                "an origin has no user name or password; write `https://idp.example`",
            ),
            ("https://ex ample.com", "contains ` `, which no origin does; remove it"),
            (" https://idp.example", "contains ` `, which no origin does; remove it"),
            ("https://idp.example\n", "contains `\\n`, which no origin does; remove it"),
            ("https://bücher.example", "browsers send the host in ASCII; write it that way, with `xn--`"),
            ("https://::1", "an IPv6 address needs brackets; write it like `https://[::1]:8443`"),
            (
                "https://idp..example",
                "has an invalid host or port; write it like `https://idp.example` or `http://localhost:3000`",
            ),
            (
                "https://idp.example:",
                "has an invalid host or port; write it like `https://idp.example` or `http://localhost:3000`",
            ),
            (
                "https://idp.example:0",
                "has an invalid host or port; write it like `https://idp.example` or `http://localhost:3000`",
            ),
            (
                "https://idp.example:65536",
                "has an invalid host or port; write it like `https://idp.example` or `http://localhost:3000`",
            ),
            (
                "https://[::1",
                "has an invalid host or port; write it like `https://idp.example` or `http://localhost:3000`",
            ),
        ] {
            assert_eq!(configured(text).map(|origin| origin.to_string()), Err(reason.to_owned()), "{text}");
        }
    }
}
