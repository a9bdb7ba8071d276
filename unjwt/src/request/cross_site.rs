//! Requests that another site's page makes with a visitor's cookies (cross-site request forgery).
//!
//! Browsers state the origin of a request in `Sec-Fetch-Site` (W3C Fetch Metadata) and in `Origin` (RFC 6454
//! §7), neither of which a page can set. Other clients send neither header, and have no visitor's cookies.

use std::fmt;

use http::header::{HOST, ORIGIN, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

use crate::error::Error;
use crate::session::cross_site::CrossSitePolicy;
use crate::session::origin::Origin;

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The origin of a request, as far as sessions check it. Computed once per request.
#[derive(Clone, Debug)]
pub(crate) struct RequestOrigin(
    /// `None` for a request that no session refuses.
    Option<Box<Claimed>>,
);

/// The headers of a request that may come from another site.
#[derive(Clone, Debug)]
struct Claimed {
    site: Field,
    origin: Field,
    /// The authority that the request was sent to.
    host: Option<HeaderValue>,
}

/// A header field that must not appear more than once.
#[derive(Clone, Debug)]
enum Field {
    Absent,
    Once(HeaderValue),
    Repeated,
}

impl RequestOrigin {
    pub(crate) fn of(method: &Method, uri: &Uri, headers: &HeaderMap) -> Self {
        // A WebSocket can change state and CORS does not protect its messages (RFC 6455 §10.2), so its
        // handshake is checked although it is a GET. Over HTTP/2 it is a CONNECT (RFC 8441 §4).
        if Self::is_of_safe(method) && !asks_for_websocket(headers) {
            return Self(None);
        }
        let site = Field::read(headers, &SEC_FETCH_SITE);
        if matches!(&site, Field::Once(site) if site == "same-origin" || site == "none") {
            return Self(None);
        }
        let origin = Field::read(headers, &ORIGIN);
        if matches!((&site, &origin), (Field::Absent, Field::Absent)) {
            return Self(None);
        }
        Self(Some(Box::new(Claimed { site, origin, host: host(uri, headers) })))
    }

    /// Returns whether a request with this method changes nothing, unless its headers ask for more. Pages cannot send
    /// TRACE, although RFC 9110 §9.2.1 calls it safe; an unknown method may change something.
    pub(super) fn is_of_safe(method: &Method) -> bool {
        matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
    }

    /// Checks whether a session with this policy may be read from a cookie, or begun.
    ///
    /// # Errors
    ///
    /// [`CrossSite`](crate::ErrorKind::CrossSite), with the headers that led to it.
    pub(crate) fn check(&self, policy: &CrossSitePolicy) -> Result<(), Error> {
        match &self.0 {
            Some(claimed) if policy.is_checked() => claimed.check(policy),
            _ => Ok(()),
        }
    }
}

impl Claimed {
    fn check(&self, policy: &CrossSitePolicy) -> Result<(), Error> {
        let origin = self.origin.text().and_then(Origin::parse);
        let is_allowed = origin.as_ref().is_some_and(|origin| {
            // `Sec-Fetch-Site` takes precedence: the browser knows the scheme, which the comparison with
            // `Host` does not.
            policy.trusts(origin) || matches!(self.site, Field::Absent) && policy.is_own(origin, self.host())
        });
        if is_allowed { Ok(()) } else { Err(Error::cross_site(self.reason(policy, origin.as_ref()))) }
    }

    fn host(&self) -> Option<&str> {
        self.host.as_ref()?.to_str().ok()
    }

    fn reason(&self, policy: &CrossSitePolicy, origin: Option<&Origin<&str>>) -> String {
        let said = match (&self.site, policy.public(), &self.host) {
            (Field::Absent, Some(public), _) => format!(", and the public origin is `{public}`"),
            (Field::Absent, None, Some(host)) => format!(", and the host is `{}`", Shown(host)),
            (Field::Absent, None, None) => ", and no host is named".to_owned(),
            (Field::Once(site), _, _) => format!(", `Sec-Fetch-Site: {}`", Shown(site)),
            (Field::Repeated, _, _) => ", and `Sec-Fetch-Site` stands more than once".to_owned(),
        };
        let Some(origin) = origin else {
            return match &self.origin {
                Field::Absent => {
                    format!("no `Origin`{said}; only a page that says its origin can be trusted")
                }
                Field::Once(origin) => {
                    format!("`Origin: {}`{said}; that is no origin that could be trusted", Shown(origin))
                }
                Field::Repeated => format!("`Origin` stands more than once{said}"),
            };
        };
        let origin = origin.to_string();
        let origin = Shown(&origin);
        let trust =
            format!("`.trust_origin(\"{origin}\")` on the session's config if that site may send this");
        if matches!(self.site, Field::Absent) && policy.public().is_none() {
            // A proxy may have put its own host there.
            format!(
                "`Origin: {origin}`{said}; write `.public_origin(\"{origin}\")` if browsers see this service there, or {trust}"
            )
        } else {
            format!("`Origin: {origin}`{said}; write {trust}")
        }
    }
}

impl Field {
    fn read(headers: &HeaderMap, name: &HeaderName) -> Self {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Self::Absent,
            (Some(value), None) => Self::Once(value.clone()),
            (Some(_), Some(_)) => Self::Repeated,
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Once(value) => value.to_str().ok(),
            Self::Absent | Self::Repeated => None,
        }
    }
}

/// Returns the authority that the request was sent to. That of the URI takes precedence over `Host`: in
/// HTTP/2 the two are the same (RFC 9113 §8.3.1), and an absolute URI of HTTP/1.1 overrides the field (RFC
/// 9112 §3.2.2).
fn host(uri: &Uri, headers: &HeaderMap) -> Option<HeaderValue> {
    match uri.authority() {
        Some(authority) => HeaderValue::from_str(authority.as_str()).ok(),
        None => match Field::read(headers, &HOST) {
            Field::Once(host) => Some(host),
            Field::Absent | Field::Repeated => None,
        },
    }
}

/// Returns whether `Upgrade` names WebSocket (RFC 9110 §7.8).
fn asks_for_websocket(headers: &HeaderMap) -> bool {
    headers.get_all(UPGRADE).iter().any(|value| {
        value.as_bytes().split(|byte| *byte == b',').any(|protocol| {
            let name = protocol.split(|byte| *byte == b'/').next().unwrap_or_default();
            name.trim_ascii().eq_ignore_ascii_case(b"websocket")
        })
    })
}

/// Client input for a message: escaped, and truncated to the length of a plausible origin.
struct Shown<'a, B: ?Sized>(&'a B);

impl<B: AsRef<[u8]> + ?Sized> fmt::Display for Shown<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 120;
        let bytes = self.0.as_ref();
        let start = bytes.get(..LONGEST).unwrap_or(bytes);
        write!(f, "{}{}", start.escape_ascii(), if start.len() < bytes.len() { ".." } else { "" })
    }
}

#[cfg(test)]
mod tests;
