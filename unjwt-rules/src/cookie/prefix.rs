//! The prefixes of a cookie's name that browsers give a meaning (RFC 6265bis §4.1.3).

/// A prefix, which promises attributes of the cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// `__Host-Http-`: both of these.
    HostHttp,
    /// `__Host-`: no `Domain`, the path `/`, and `Secure`.
    Host,
    /// `__Secure-`: `Secure`.
    Secure,
    /// `__Http-`: `HttpOnly` and `Secure`.
    Http,
}

impl Prefix {
    /// The prefixes, the longer one first where one begins with another.
    const ALL: [Self; 4] = [Self::HostHttp, Self::Host, Self::Secure, Self::Http];

    /// The prefix that browsers see in this name, in any case.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|prefix| {
            let text = prefix.text();
            name.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text))
        })
    }

    /// The prefix as it is registered.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::HostHttp => "__Host-Http-",
            Self::Host => "__Host-",
            Self::Secure => "__Secure-",
            Self::Http => "__Http-",
        }
    }

    /// The name without its prefix, which this must be.
    #[must_use]
    pub fn rest_of(self, name: &str) -> &str {
        name.get(self.text().len()..).unwrap_or_default()
    }

    /// The cookie belongs to one host: it has no `Domain`, and the path `/`.
    #[must_use]
    pub const fn is_of_one_host(self) -> bool {
        matches!(self, Self::HostHttp | Self::Host)
    }

    /// Scripts neither read the cookie nor write it.
    #[must_use]
    pub const fn is_http_only(self) -> bool {
        matches!(self, Self::HostHttp | Self::Http)
    }

    /// The prefix that keeps the remaining promises where the cookie is shared by hosts or has a path.
    pub(super) const fn of_many_hosts(self) -> Self {
        if self.is_http_only() { Self::Http } else { Self::Secure }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_longest_prefix_in_any_case() {
        for (name, expected) in [
            ("__Host-Http-sid", Some(Prefix::HostHttp)),
            ("__host-http-sid", Some(Prefix::HostHttp)),
            ("__HOST-sid", Some(Prefix::Host)),
            ("__Secure-sid", Some(Prefix::Secure)),
            ("__Http-sid", Some(Prefix::Http)),
            ("__Host_sid", None),
            ("sid", None),
            ("ü", None),
        ] {
            assert_eq!(Prefix::of(name), expected, "{name}");
        }
        assert_eq!(Prefix::Host.rest_of("__host-sid"), "sid");
    }
}
