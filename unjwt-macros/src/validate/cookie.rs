//! The cookie: what no browser would store, and what would break out of the `Set-Cookie` line.

use proc_macro2::Ident;
use quote::format_ident;
use syn::LitStr;

use crate::errors::Errors;
use crate::names;
use crate::parse::SessionAttr;
use crate::suggest;

/// What browsers keep of one cookie, name, value and attributes together (RFC 6265 §6.1).
const LINE_LIMIT: usize = 4096;
/// Browsers keep no cookie longer (RFC 6265bis §5.5).
const LONGEST_AGE: u64 = 400 * 24 * 60 * 60;

/// The cookie's attributes, sound.
pub(crate) struct Cookie {
    pub(crate) path: String,
    pub(crate) domain: Option<String>,
    pub(crate) secure: bool,
    pub(crate) http_only: bool,
    pub(crate) same_site: Ident,
    pub(crate) partitioned: bool,
    pub(crate) max_age: Option<u64>,
    pub(crate) chunk_max_length: usize,
    pub(crate) max_chunks: usize,
}

impl Cookie {
    /// Checks `cookie(..)` of the session called `name`.
    pub(crate) fn validate(attr: &SessionAttr, name: &str, encrypted: bool, errors: &mut Errors) -> Self {
        let settings = &attr.cookie_settings;
        let cookie = Self {
            path: settings.path.get().map_or_else(|| "/".to_owned(), |path| self::path(path, errors)),
            domain: settings.domain.get().map(|domain| self::domain(domain, errors)),
            secure: settings.secure.get().is_none_or(|secure| secure.value),
            http_only: settings.http_only.get().map_or(encrypted, |http_only| http_only.value),
            same_site: settings
                .same_site
                .get()
                .map_or_else(|| format_ident!("Lax"), |same_site| self::same_site(same_site, errors)),
            partitioned: settings.partitioned.get().is_some_and(|partitioned| partitioned.value),
            max_age: settings.max_age.get().map(|(seconds, _)| *seconds),
            chunk_max_length: settings.chunk_max_length.get().map_or(4000, |(length, _)| *length),
            max_chunks: settings.max_chunks.get().map_or(3, |(count, _)| *count),
        };
        cookie.check_age(attr, errors);
        cookie.check_secure(attr, errors);
        cookie.check_prefix(attr, name, errors);
        cookie.check_chunks(attr, name, errors);
        cookie
    }

    fn check_age(&self, attr: &SessionAttr, errors: &mut Errors) {
        let Some((seconds, literal)) = attr.cookie_settings.max_age.get() else { return };
        if *seconds == 0 {
            errors.push(literal, "a cookie with `max_age` 0 is removed as soon as it is set\nhelp: leave `max_age` out for a cookie that lives as long as its token");
        } else if *seconds > LONGEST_AGE {
            errors.push(
                literal,
                "browsers keep no cookie longer than 400 days\nhelp: write `max_age = \"400D\"` or less",
            );
        }
    }

    fn check_secure(&self, attr: &SessionAttr, errors: &mut Errors) {
        let Some(insecure) = attr.cookie_settings.secure.get().filter(|secure| !secure.value) else { return };
        if self.same_site == "None" {
            errors.push(
                insecure,
                "browsers refuse `same_site = \"none\"` without `secure`\nhelp: remove `secure = false`",
            );
        } else if self.partitioned {
            errors.push(
                insecure,
                "browsers refuse a `partitioned` cookie without `secure`\nhelp: remove `secure = false`",
            );
        }
    }

    fn check_prefix(&self, attr: &SessionAttr, name: &str, errors: &mut Errors) {
        let settings = &attr.cookie_settings;
        let Some(prefix) = names::cookie_prefix(name) else { return };
        let shown = name.get(..prefix.len()).unwrap_or(prefix);
        let why = format!("browsers refuse a cookie whose name begins with `{shown}`");
        if let Some(insecure) = settings.secure.get().filter(|secure| !secure.value) {
            errors.push(
                insecure,
                format!("{why} without `secure`\nhelp: remove `secure = false`, or choose another `name`"),
            );
        }
        if prefix.contains("http") && !self.http_only && !settings.http_only.is_broken() {
            let message = format!(
                "{why} without `http_only`\nhelp: write `cookie(http_only = true)`, or choose another `name`"
            );
            match (settings.http_only.get(), attr.name.get()) {
                (Some(readable), _) => errors.push(readable, message),
                (None, name) => errors.push(name, message),
            }
        }
        if prefix.starts_with("__host-") {
            if let Some(domain) = settings.domain.get() {
                errors.push(domain, format!("{why} and that has a `domain`\nhelp: remove `domain`, or write the prefix `__Secure-`"));
            }
            if let Some(path) = settings.path.get().filter(|path| path.value() != "/") {
                errors.push(path, format!("{why} with a `path` other than `/`\nhelp: remove `path`, or write the prefix `__Secure-`"));
            }
        }
    }

    /// The room that the cookie's own name and attributes leave for a chunk.
    fn check_chunks(&self, attr: &SessionAttr, name: &str, errors: &mut Errors) {
        let Some((length, literal)) = attr.cookie_settings.chunk_max_length.get() else { return };
        let mut overhead =
            name.len() + 1 + self.max_chunks.to_string().len() + 1 + "; Path=".len() + self.path.len();
        overhead += self.domain.as_ref().map_or(0, |domain| "; Domain=".len() + domain.len());
        overhead += "; SameSite=".len() + self.same_site.to_string().len();
        for (present, text) in
            [(self.http_only, "; HttpOnly"), (self.secure, "; Secure"), (self.partitioned, "; Partitioned")]
        {
            overhead += if present { text.len() } else { 0 };
        }
        if let Some(age) = self.max_age.or(attr.max_age.get().map(|(seconds, _)| *seconds)) {
            overhead += format!("; Max-Age={age}; Expires=Thu, 01 Jan 1970 00:00:00 GMT").len();
        }
        let room = LINE_LIMIT.saturating_sub(overhead);
        if *length > room {
            errors.push(
                literal,
                format!(
                    "a chunk of {length} characters does not fit: browsers keep 4096 bytes of a cookie, and the name and the attributes of this one take {overhead}\nhelp: write `chunk_max_length = {room}` or less"
                ),
            );
        }
    }
}

/// Whether the cookie's name is an HTTP token; reports it if not.
pub(crate) fn check_name(name: &LitStr, errors: &mut Errors) {
    let text = name.value();
    if text.is_empty() {
        errors.push(name, "the cookie's name is empty\nhelp: write `name = \"sid\"`, or leave `name` out");
    } else if let Some(bad) = text.chars().find(|c| !names::is_token_char(*c)) {
        errors.push(
            name,
            format!(
                "a cookie's name cannot contain {}\nhelp: use letters, digits, `-`, `_` and `.`",
                shown(bad)
            ),
        );
    } else if names::cookie_prefix(&text).is_some_and(|prefix| prefix.len() == text.len()) {
        errors
            .push(name, format!("`{text}` is only a prefix\nhelp: write a name after it, like `{text}sid`"));
    }
}

pub(crate) fn shown(c: char) -> String {
    match c {
        ' ' => "a space".into(),
        c if c.is_control() => format!("the control character `{}`", c.escape_default()),
        c => format!("`{c}`"),
    }
}

fn path(literal: &LitStr, errors: &mut Errors) -> String {
    let path = literal.value();
    if let Some(bad) = path.chars().find(|c| *c == ';' || !(' '..='~').contains(c)) {
        errors.push(
            literal,
            format!(
                "a cookie's path cannot contain {}: it would end the attribute in `Set-Cookie`",
                shown(bad)
            ),
        );
    } else if !path.starts_with('/') {
        let relative = path.trim();
        errors.push(literal, format!("a cookie's path begins with `/`: browsers ignore another\nhelp: write `path = \"/{relative}\"`"));
    }
    path
}

fn domain(literal: &LitStr, errors: &mut Errors) -> String {
    let domain = literal.value();
    let host = domain.trim_matches('.');
    if let Some(bad) = domain.chars().find(|c| !(c.is_ascii_alphanumeric() || ".-".contains(*c))) {
        let help = if domain.contains("://") || domain.contains(':') {
            "\nhelp: write the host alone, without scheme and port"
        } else if bad.is_alphabetic() {
            "\nhelp: write an international name in its ASCII form (`xn--..`)"
        } else {
            ""
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
    {
        errors.push(literal, format!("`{domain}` is no host name"));
    } else if domain.split('.').all(|label| label.bytes().all(|b| b.is_ascii_digit())) {
        errors.push(literal, "browsers refuse an IP address as a cookie's domain\nhelp: leave `domain` out for the host that answered");
    } else if !domain.contains('.') && domain != "localhost" {
        errors.push(literal, format!("browsers refuse a cookie for all of `{domain}`\nhelp: write the whole host name, like `example.{domain}`"));
    }
    domain
}

fn same_site(literal: &LitStr, errors: &mut Errors) -> Ident {
    let value = literal.value();
    match value.to_ascii_lowercase().as_str() {
        "lax" => format_ident!("Lax"),
        "strict" => format_ident!("Strict"),
        "none" => format_ident!("None"),
        other => {
            let words = ["lax", "strict", "none"];
            let help = match suggest::nearest(other, &words) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "write `lax`, `strict` or `none`".into(),
            };
            errors.push(literal, format!("unknown `same_site` value `{value}`\nhelp: {help}"));
            format_ident!("Lax")
        }
    }
}
