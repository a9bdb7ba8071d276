//! The attributes of a `Set-Cookie` line.

use std::fmt::Write as _;

use crate::clock::NumericDate;
use crate::session::spec::{CookieSpec, SameSite};

/// Everything after the value, ready to be appended.
#[derive(Clone, Debug)]
pub(crate) struct Attributes(String);

impl Attributes {
    pub(crate) fn new(spec: &CookieSpec, domain: Option<&str>, secure: bool) -> Self {
        let mut text = format!("; Path={}", spec.path);
        if let Some(domain) = domain {
            let _ = write!(text, "; Domain={domain}");
        }
        if spec.http_only {
            text.push_str("; HttpOnly");
        }
        if secure {
            text.push_str("; Secure");
        }
        text.push_str(match spec.same_site {
            Some(SameSite::Strict) => "; SameSite=Strict",
            Some(SameSite::Lax) => "; SameSite=Lax",
            Some(SameSite::None) => "; SameSite=None",
            None => "",
        });
        if spec.partitioned {
            text.push_str("; Partitioned");
        }
        Self(text)
    }

    /// With the cookie's end: `Max-Age`, which a wrong clock of the client does not shift, and `Expires` for those
    /// that do not know it (RFC 6265 §5.3 prefers the former). Without an end, a cookie of the browser's session.
    pub(crate) fn with_lifetime(&self, expires_at: Option<NumericDate>, now: NumericDate) -> String {
        let mut text = self.0.clone();
        // `httpdate` knows no year past 9999, and no browser keeps a cookie that long.
        if let Some(at) = expires_at
            && let Some(end) = at.min(NumericDate::YEAR_9999).to_system_time()
        {
            let left = at.as_secs().saturating_sub(now.as_secs());
            let _ = write!(text, "; Max-Age={left}; Expires={}", httpdate::fmt_http_date(end));
        }
        text
    }

    /// With an end long past: the client removes the cookie.
    pub(crate) fn expired(&self) -> String {
        format!("{}; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT", self.0)
    }
}
