//! The attributes of a `Set-Cookie` line.

use std::fmt::Write as _;

use super::date::HttpDate;
use crate::clock::NumericDate;
use crate::spec::{CookieSpec, SameSite};

/// The attributes of a cookie except its end, formatted for appending to the value.
#[derive(Clone, Debug)]
pub(crate) struct Attributes(String);

impl Attributes {
    pub(crate) fn new(spec: &CookieSpec, path: &str, domain: Option<&str>, secure: bool) -> Self {
        // Without `..`: an attribute that is not written would be ignored in silence. The caller decides on `Path`, `Domain` and
        // `Secure` together with the deployment; the rest is the lifetime and the chunks.
        let &CookieSpec {
            path: _,
            domain: _,
            secure: _,
            http_only,
            same_site,
            partitioned,
            max_age: _,
            chunk_max_length: _,
            max_chunks: _,
            browser_session: _,
        } = spec;
        let mut text = format!("; Path={path}");
        if let Some(domain) = domain {
            let _ = write!(text, "; Domain={domain}");
        }
        if http_only {
            text.push_str("; HttpOnly");
        }
        if secure {
            text.push_str("; Secure");
        }
        text.push_str(match same_site {
            Some(SameSite::Strict) => "; SameSite=Strict",
            Some(SameSite::Lax) => "; SameSite=Lax",
            Some(SameSite::None) => "; SameSite=None",
            None => "",
        });
        if partitioned {
            text.push_str("; Partitioned");
        }
        Self(text)
    }

    /// Returns whether the cookie is sent to every path.
    #[cfg(feature = "dbsc")]
    pub(crate) fn is_of_every_path(&self) -> bool {
        self.as_str().split("; ").next() == Some("Path=/")
    }

    /// Returns the attributes without the cookie's end.
    #[cfg(feature = "dbsc")]
    pub(crate) fn as_str(&self) -> &str {
        self.0.trim_start_matches([';', ' '])
    }

    /// Returns the attributes with the cookie's end; without one, the cookie ends with the browser session.
    pub(crate) fn until(&self, expires_at: Option<NumericDate>, now: NumericDate) -> Suffix<'_> {
        let end = expires_at.map(|at| (at.as_secs().saturating_sub(now.as_secs()), HttpDate::new(at)));
        Suffix { attributes: &self.0, end }
    }

    /// Returns the attributes with an end in the past, so that the client removes the cookie.
    pub(crate) fn expired(&self) -> Suffix<'_> {
        Suffix { attributes: &self.0, end: Some((0, HttpDate::new(NumericDate::from_secs(0)))) }
    }
}

/// The part of a `Set-Cookie` line after the cookie's value. It has both `Max-Age`, which does not depend on
/// the client's clock, and `Expires`, for clients that do not support the former (RFC 6265 §5.3 prefers
/// `Max-Age`).
pub(crate) struct Suffix<'a> {
    attributes: &'a str,
    end: Option<(u64, HttpDate)>,
}

impl Suffix<'_> {
    /// Returns the length in characters.
    pub(crate) fn len(&self) -> usize {
        let digits = |number: u64| number.checked_ilog10().map_or(1, |log| log as usize + 1);
        let end = self.end.map_or(0, |(left, _)| "; Max-Age=; Expires=".len() + digits(left) + HttpDate::LEN);
        self.attributes.len() + end
    }

    /// Appends the attributes to a line.
    pub(crate) fn append_to(&self, line: &mut String) {
        line.push_str(self.attributes);
        if let Some((left, date)) = &self.end {
            // Writing to a `String` does not fail.
            let _ = write!(line, "; Max-Age={left}; Expires=");
            line.push_str(date.as_str());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(suffix: &Suffix<'_>) -> String {
        let mut text = String::new();
        suffix.append_to(&mut text);
        text
    }

    #[test]
    fn a_suffix_is_as_long_as_it_says() {
        let attributes = Attributes("; Path=/; Secure".into());
        let now = NumericDate::from_secs(1_700_000_000);
        for end in [0, 1, 9, 10, 99, 100, 604_800, 300_000_000_000, u64::MAX / 2] {
            let suffix = attributes.until(Some(now.plus(end)), now);
            assert_eq!(text(&suffix).len(), suffix.len(), "{}", text(&suffix));
        }
        for suffix in [attributes.until(None, now), attributes.expired()] {
            assert_eq!(text(&suffix).len(), suffix.len(), "{}", text(&suffix));
        }
    }
}
