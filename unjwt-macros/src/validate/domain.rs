//! `cookie(domain)`: the hosts that a browser would keep a cookie for.

use syn::LitStr;

use super::cookie::shown;
use crate::errors::Errors;
use crate::names;

/// Where strangers get a host beside each other: the suffixes met most, of those with more than one label
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

pub(super) fn check(literal: &LitStr, errors: &mut Errors) -> String {
    let domain = literal.value();
    let host = domain.trim_matches('.');
    if let Some(bad) = domain.chars().find(|c| !(c.is_ascii_alphanumeric() || ".-".contains(*c))) {
        let bare = domain.trim_start_matches("*.");
        if bare != domain && names::is_token(bare) {
            errors.push(literal, format!("a cookie's domain has no wildcard: subdomains are included anyway\nhelp: write `domain = \"{bare}\"`"));
            return domain;
        }
        let help = if domain.contains("://") || domain.contains(':') {
            "\nhelp: write the host alone, without scheme and port"
        } else if bad.is_alphabetic() {
            "\nhelp: write an international name in its ASCII form (`xn--..`)"
        } else {
            "\nhelp: write the host alone, like `example.com`; the other attributes have keys of their own in `cookie(..)`"
        };
        errors.push(literal, format!("a cookie's domain cannot contain {}{help}", shown(bad)));
    } else if host.is_empty() {
        errors.push(
            literal,
            "the cookie's domain is empty\nhelp: leave `domain` out for the host that answered",
        );
    } else if host.len() != domain.len() {
        errors.push(literal, format!("the cookie's domain has a dot too many: subdomains are included anyway\nhelp: write `domain = \"{host}\"`"));
    } else if domain
        .split('.')
        .any(|label| label.is_empty() || label.starts_with('-') || label.ends_with('-') || label.len() > 63)
        || domain.len() > 253
    {
        errors.push(literal, format!("`{domain}` is no host name\nhelp: write one like `example.com`, or leave `domain` out for the host that answered"));
    } else if domain.split('.').all(|label| label.bytes().all(|b| b.is_ascii_digit())) {
        errors.push(literal, "browsers refuse an IP address as a cookie's domain\nhelp: leave `domain` out for the host that answered");
    } else if SHARED_SUFFIXES.contains(&domain.to_ascii_lowercase().as_str())
        || !domain.contains('.') && !domain.eq_ignore_ascii_case("localhost")
    {
        errors.push(literal, format!("browsers refuse a cookie for all of `{domain}`, where strangers have hosts too\nhelp: write the whole host name, like `example.{domain}`"));
    }
    domain
}
