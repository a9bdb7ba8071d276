//! Attributes with which no browser would keep a cookie.

use super::Prefix;
use crate::{Place, Refusal, Setting};

/// A cookie as it would be set.
#[derive(Clone, Copy, Debug)]
pub struct Cookie<'a> {
    /// The name.
    pub name: &'a str,
    /// `Path`.
    pub path: &'a str,
    /// There is a `Domain`.
    pub has_domain: bool,
    /// `Secure`.
    pub secure: bool,
    /// `HttpOnly`.
    pub http_only: bool,
    /// `SameSite=None`.
    pub same_site_none: bool,
    /// `Partitioned`.
    pub partitioned: bool,
}

/// The attribute that does not go with the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// `Secure` is missing.
    Secure,
    /// `HttpOnly` is missing.
    HttpOnly,
    /// There is a `Domain`.
    Domain,
    /// `Path` is not `/`.
    Path,
}

/// An attribute, and the reason against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The attribute.
    pub attribute: Attribute,
    /// The mistake and the fix.
    pub refusal: Refusal,
}

impl Cookie<'_> {
    /// Everything that keeps browsers from storing the cookie; `place` tells where its domain and its
    /// `Secure` are set.
    #[must_use]
    pub fn conflicts(&self, place: Place) -> Vec<Conflict> {
        let mut conflicts = Vec::new();
        let mut add = |attribute, why: String, fix: String| {
            conflicts.push(Conflict { attribute, refusal: Refusal::new(why, fix) });
        };
        let secured = match place {
            Place::Attribute => "remove `secure = false`",
            Place::Config => super::SECURED,
        };
        if !self.secure && self.same_site_none {
            let why = "browsers refuse `same_site = \"none\"` without `secure`";
            add(Attribute::Secure, why.into(), secured.into());
        } else if !self.secure && self.partitioned {
            let why = "browsers refuse a `partitioned` cookie without `secure`";
            add(Attribute::Secure, why.into(), secured.into());
        }
        let Some(prefix) = Prefix::of(self.name) else { return conflicts };
        let shown = self.name.get(..prefix.text().len()).unwrap_or(prefix.text());
        let why = format!("browsers refuse a cookie whose name begins with `{shown}`");
        if !self.secure {
            add(
                Attribute::Secure,
                format!("{why} without `secure`"),
                format!("{secured}, or choose another `name`"),
            );
        }
        if prefix.is_http_only() && !self.http_only {
            let fix = "write `cookie(http_only = true)`, or choose another `name`";
            add(Attribute::HttpOnly, format!("{why} without `http_only`"), fix.into());
        }
        if prefix.is_of_one_host() {
            let other = prefix.of_many_hosts().text();
            if self.has_domain {
                let removed = match place {
                    Place::Attribute => "remove `domain`".to_owned(),
                    Place::Config => format!("leave {} out", Setting::DOMAIN.named(place)),
                };
                let fix = format!("{removed}, or use the prefix `{other}`");
                add(Attribute::Domain, format!("{why} if it has a `domain`"), fix);
            }
            if self.path != "/" {
                let fix = format!("remove `path`, or use the prefix `{other}`");
                add(Attribute::Path, format!("{why} with a `path` other than `/`"), fix);
            }
        }
        conflicts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: Cookie<'_> = Cookie {
        name: "__Host-Http-sid",
        path: "/",
        has_domain: false,
        secure: true,
        http_only: true,
        same_site_none: true,
        partitioned: true,
    };

    fn attributes(cookie: Cookie<'_>) -> Vec<Attribute> {
        cookie.conflicts(Place::Attribute).into_iter().map(|conflict| conflict.attribute).collect()
    }

    #[test]
    fn a_prefix_asks_for_what_it_promises() {
        use Attribute::{Domain, HttpOnly, Path, Secure};
        assert_eq!(attributes(SOUND), []);
        let bare = Cookie {
            path: "/a",
            has_domain: true,
            http_only: false,
            same_site_none: false,
            partitioned: false,
            secure: false,
            ..SOUND
        };
        for (name, expected) in [
            ("sid", &[][..]),
            ("__Secure-sid", &[Secure]),
            ("__http-sid", &[Secure, HttpOnly]),
            ("__Host-sid", &[Secure, Domain, Path]),
            ("__host-HTTP-sid", &[Secure, HttpOnly, Domain, Path]),
        ] {
            assert_eq!(attributes(Cookie { name, ..bare }), expected, "{name}");
        }
    }

    #[test]
    fn cookies_of_other_sites_are_secure() {
        let insecure = Cookie { name: "sid", secure: false, ..SOUND };
        for cookie in [insecure, Cookie { same_site_none: false, ..insecure }] {
            assert_eq!(attributes(cookie), [Attribute::Secure]);
        }
    }

    #[test]
    fn another_prefix_keeps_what_it_can() {
        let cookie = Cookie { has_domain: true, ..SOUND };
        let fix = |cookie: Cookie<'_>| cookie.conflicts(Place::Config).remove(0).refusal.fix;
        assert_eq!(fix(cookie), "leave `.cookie_domain(..)` out, or use the prefix `__Http-`");
        let cookie = Cookie { name: "__Host-sid", ..cookie };
        assert_eq!(fix(cookie), "leave `.cookie_domain(..)` out, or use the prefix `__Secure-`");
    }
}
