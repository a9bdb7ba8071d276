//! `Domain`: the hosts that a browser would keep a cookie for.

use std::net::Ipv6Addr;

use crate::text::shown;
use crate::{Place, Refusal, Setting};

/// Suffixes under which unrelated sites have hosts: the most common of those with more than one label
/// (<https://publicsuffix.org>).
const SHARED_SUFFIXES: [&str; 26] = [
    "appspot.com",
    "azurewebsites.net",
    "cloudfront.net",
    "co.in",
    "co.jp",
    "co.kr",
    "co.nz",
    "co.uk",
    "co.za",
    "com.au",
    "com.br",
    "com.cn",
    "com.mx",
    "com.tr",
    "fly.dev",
    "github.io",
    "gitlab.io",
    "herokuapp.com",
    "netlify.app",
    "onrender.com",
    "org.uk",
    "pages.dev",
    "up.railway.app",
    "vercel.app",
    "web.app",
    "workers.dev",
];

/// Checks the `Domain` of a cookie.
///
/// # Errors
///
/// Returns the reason why no browser would keep the cookie, or not for the hosts that were meant.
pub fn check(domain: &str, place: Place) -> Result<(), Refusal> {
    let fix_alone = |host: &str| format!("write {}", Setting::DOMAIN.written(place, host));
    let leave_out = || format!("leave {} out for the host that answered", Setting::DOMAIN.named(place));
    let refuse = |why: String, fix: String| Err(Refusal::new(why, fix));

    let host = domain.trim_matches('.');
    if host.is_empty() {
        return refuse("the cookie's domain is empty".into(), leave_out());
    }
    if is_ipv6(domain) {
        return refuse(ADDRESS.into(), leave_out());
    }
    let bare = domain.trim_start_matches("*.");
    if bare != domain {
        // What is wrong with the rest is wrong with the domain that would be written.
        check(bare, place)?;
        let why = "a cookie's domain has no wildcard: subdomains are included anyway";
        return refuse(why.into(), fix_alone(bare));
    }
    if let Some(bad) = domain.chars().find(|c| !is_of_host(*c)) {
        let fix = if domain.contains(':') {
            "write the host alone, without scheme and port"
        } else if bad.is_alphabetic() {
            "write an international name in its ASCII form (`xn--..`)"
        } else {
            "write the host alone, like `example.com`; the other attributes have keys of their own in `cookie(..)`"
        };
        return refuse(format!("a cookie's domain cannot contain {}", shown(bad)), fix.into());
    }
    if host != domain {
        check(host, place)?;
        let why = "the cookie's domain has an extra dot: subdomains are included anyway";
        return refuse(why.into(), fix_alone(host));
    }
    if !is_host_name(domain) {
        let fix = format!("write one like `example.com`, or {}", leave_out());
        return refuse(format!("`{domain}` is not a host name"), fix);
    }
    let last = domain.rsplit('.').next().unwrap_or_default();
    if is_number(last) {
        if domain.split('.').all(is_number) {
            return refuse(ADDRESS.into(), leave_out());
        }
        let why = format!(
            "browsers treat a host that ends in the number `{last}` as an IP address, and refuse it as a cookie's domain"
        );
        return refuse(why, leave_out());
    }
    let is_shared = SHARED_SUFFIXES.iter().any(|suffix| suffix.eq_ignore_ascii_case(domain));
    if is_shared || !domain.contains('.') && !domain.eq_ignore_ascii_case("localhost") {
        let why =
            format!("browsers refuse a cookie for all of `{domain}`: unrelated sites share that suffix");
        return refuse(why, format!("write the whole host name, like `example.{domain}`"));
    }
    Ok(())
}

const ADDRESS: &str = "browsers refuse an IP address as a cookie's domain";

/// Labels of a host's name (RFC 1035 §2.3.4), with underscores: no host name has one (RFC 952), and many
/// hosts do.
#[must_use]
pub fn is_host_name(name: &str) -> bool {
    name.len() <= 253 && name.chars().all(is_of_host) && name.split('.').all(is_label)
}

fn is_of_host(c: char) -> bool {
    c.is_ascii_alphanumeric() || ".-_".contains(c)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
}

/// A label that makes the host an IPv4 address where it is the last (WHATWG URL §3.5).
fn is_number(label: &str) -> bool {
    let hex = label.strip_prefix("0x").or_else(|| label.strip_prefix("0X"));
    match hex {
        Some(digits) => digits.bytes().all(|b| b.is_ascii_hexdigit()),
        None => !label.is_empty() && label.bytes().all(|b| b.is_ascii_digit()),
    }
}

fn is_ipv6(domain: &str) -> bool {
    let bare = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(domain);
    bare.parse::<Ipv6Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_browsers_take() {
        for domain in [
            "example.com",
            "a.b.example.co.uk",
            "LOCALHOST",
            "app.localhost",
            "me.github.io",
            "1.example",
            "my_app.example.com",
            "xn--bcher-kva.example",
            "0xample.com",
        ] {
            assert_eq!(check(domain, Place::Attribute), Ok(()), "{domain}");
            assert_eq!(check(domain, Place::Config), Ok(()), "{domain}");
        }
    }

    #[test]
    fn refuses_with_a_reason_and_a_cure() {
        let long = ["a".repeat(63).as_str(); 4].join(".");
        for (domain, why, fix) in [
            ("", "is empty", "leave `domain` out"),
            ("..", "is empty", "leave `domain` out"),
            ("com", "for all of `com`", "like `example.com`"),
            (".com", "for all of `com`", "like `example.com`"),
            ("*.github.io", "for all of `github.io`", "like `example.github.io`"),
            ("Vercel.App", "for all of `Vercel.App`", "like `example.Vercel.App`"),
            ("-bad.example.com", "is not a host name", "or leave `domain` out"),
            ("bad-.example.com", "is not a host name", "or leave `domain` out"),
            ("a..b", "is not a host name", "write one like `example.com`"),
            (&long, "is not a host name", "write one like `example.com`"),
            (".example.com", "an extra dot", "write `domain = \"example.com\"`"),
            ("example.com.", "an extra dot", "write `domain = \"example.com\"`"),
            ("*.example.com", "has no wildcard", "write `domain = \"example.com\"`"),
            ("127.0.0.1", ADDRESS, "leave `domain` out"),
            ("1.2.3", ADDRESS, "leave `domain` out"),
            ("0x7f.1", ADDRESS, "leave `domain` out"),
            ("host.1", "ends in the number `1`", "leave `domain` out"),
            ("[::1]", ADDRESS, "leave `domain` out"),
            ("::1", ADDRESS, "leave `domain` out"),
            ("example.com:80", "cannot contain `:`", "without scheme and port"),
            ("*.*.example.com", "has no wildcard", "write `domain = \"example.com\"`"),
            (".*.example.com", "cannot contain `*`", "write the host alone"),
            ("*.example.com:80", "cannot contain `:`", "without scheme and port"),
            ("bücher.example", "cannot contain `ü`", "in its ASCII form"),
            ("a;b", "cannot contain `;`", "keys of their own"),
            ("exa mple.com", "cannot contain a space", "write the host alone"),
        ] {
            let refusal = check(domain, Place::Attribute).expect_err(domain);
            assert!(refusal.why.contains(why) && refusal.fix.contains(fix), "{domain}: {refusal:?}");
            let at_start = check(domain, Place::Config).expect_err(domain);
            assert_eq!(at_start.why, refusal.why, "{domain}");
            assert!(!at_start.fix.contains("`domain"), "{domain}: {at_start:?}");
        }
    }
}
