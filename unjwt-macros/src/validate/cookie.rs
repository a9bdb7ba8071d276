//! The cookie: what no browser would store, and what would break out of the `Set-Cookie` line.

use proc_macro2::Ident;
use quote::format_ident;
use syn::LitStr;

use super::domain;
use crate::errors::Errors;
use crate::names;
use crate::parse::SessionAttr;
use crate::parse::protection::Protection;
use crate::suggest;

/// What browsers keep of one cookie, name, value and attributes together (RFC 6265 §6.1).
const LINE_LIMIT: usize = 4096;
/// Browsers ignore an attribute with a longer value (RFC 6265bis §5.6).
const LONGEST_ATTRIBUTE: usize = 1024;
/// Fewer than the cookies that browsers keep of one site.
const MOST_CHUNKS: usize = 100;
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
        let settings = &attr.cookie.settings;
        let cookie = Self {
            path: settings.path.get().map_or_else(|| "/".to_owned(), |path| self::path(path, errors)),
            domain: settings.domain.get().map(|domain| domain::check(domain, errors)),
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
        cookie.check_secure(attr, errors);
        cookie.check_prefix(attr, name, errors);
        cookie.check_chunks(attr, name, errors);
        cookie
    }

    fn check_secure(&self, attr: &SessionAttr, errors: &mut Errors) {
        let Some(insecure) = attr.cookie.settings.secure.get().filter(|secure| !secure.value) else { return };
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
        let settings = &attr.cookie.settings;
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
        if let Some((count, literal)) = attr.cookie.settings.max_chunks.get()
            && *count > MOST_CHUNKS
        {
            errors.push(literal, format!("`max_chunks` is at most {MOST_CHUNKS}: browsers keep fewer than 200 cookies of one site\nhelp: keep less in the session, or write `max_chunks = 5`"));
            return;
        }
        let Some((length, literal)) = attr.cookie.settings.chunk_max_length.get() else { return };
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
            return;
        }
        let smallest = smallest_token(attr, name);
        let count = self.max_chunks;
        if length.saturating_mul(count) < smallest {
            errors.push(
                literal,
                format!(
                    "no token fits: {count} chunks of {length} characters hold {}, and the smallest token of this session has {smallest}\nhelp: leave `chunk_max_length` out, or write {} or more",
                    length.saturating_mul(count),
                    smallest.div_ceil(count)
                ),
            );
        }
    }
}

/// A bound from below: the token without any of the struct's data.
fn smallest_token(attr: &SessionAttr, name: &str) -> usize {
    let base64 = |bytes: usize| (bytes * 4).div_ceil(3);
    let typ = attr.typ.get().map_or_else(|| names::typ(name), LitStr::value);
    let id = if attr.id.key().is_some() { "1" } else { "00000000-0000-4000-8000-000000000000" };
    let exp = if attr.max_age.key().is_some() { ",\"exp\":1700000000" } else { "" };
    let payload = format!("{{\"jti\":\"{id}\",\"iat\":1700000000{exp}}}").len();
    let encrypted = attr.protections.as_slice().iter().any(Protection::is_encrypted);
    if encrypted {
        // Five parts: header, the key's (none for `dir`), an IV of 12 bytes, the payload, a tag of 16.
        let header = format!("{{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"typ\":\"{typ}\"}}").len();
        base64(header) + base64(12) + base64(payload) + base64(16) + 4
    } else {
        // Three parts; the shortest signature is an HMAC of 32 bytes.
        let header = format!("{{\"alg\":\"HS256\",\"typ\":\"{typ}\"}}").len();
        base64(header) + base64(payload) + base64(32) + 2
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
    } else if text.len() >= LINE_LIMIT / 4 {
        errors.push(name, format!("a cookie's name of {} characters leaves its token no room in the 4096 bytes that browsers keep\nhelp: write a short one, like `name = \"sid\"`", text.len()));
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
    if let Some(bad) = path.chars().find(|c| *c == ';' || c.is_control()) {
        errors.push(
            literal,
            format!(
                "a cookie's path cannot contain {}: it would end the attribute in `Set-Cookie`\nhelp: write the path alone; the other attributes have keys of their own in `cookie(..)`",
                shown(bad)
            ),
        );
    } else if let Some(bad) = path.chars().find(|c| matches!(c, ' ' | '?' | '#') || !c.is_ascii()) {
        let help = if matches!(bad, '?' | '#') {
            "write the path alone"
        } else {
            "write it as it stands in a URL, percent-encoded"
        };
        errors.push(literal, format!("a request's path never contains {}, so that the browser would not send the cookie\nhelp: {help}", shown(bad)));
    } else if !path.starts_with('/') && path.contains("://") {
        errors.push(
            literal,
            "a cookie's path is no URL\nhelp: write what follows the host, like `path = \"/app\"`",
        );
    } else if !path.starts_with('/') {
        errors.push(
            literal,
            format!(
                "a cookie's path begins with `/`: browsers ignore another\nhelp: write `path = \"/{path}\"`"
            ),
        );
    } else if path.len() > LONGEST_ATTRIBUTE {
        errors.push(literal, "browsers ignore a path of more than 1024 characters\nhelp: write the path that all pages of the session share, like `path = \"/app\"`");
    }
    path
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

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    fn refused(check: impl FnOnce(&LitStr, &mut Errors), text: &str) -> Option<String> {
        let mut errors = Errors::default();
        check(&LitStr::new(text, Span::call_site()), &mut errors);
        errors.finish().map(|error| error.to_string())
    }

    #[test]
    fn refuses_what_is_too_long_for_browsers() {
        let path = format!("/{}", "a".repeat(LONGEST_ATTRIBUTE));
        let message = refused(|literal, errors| drop(self::path(literal, errors)), &path);
        assert!(message.is_some_and(|message| message.contains("more than 1024 characters")));
        let message = refused(check_name, &"a".repeat(LINE_LIMIT / 4));
        assert!(message.is_some_and(|message| message.contains("leaves its token no room")));
        let domain = ["a".repeat(63).as_str(); 4].join(".");
        let message = refused(|literal, errors| drop(domain::check(literal, errors)), &domain);
        assert!(message.is_some_and(|message| message.contains("no host name")));
    }

    #[test]
    fn takes_what_browsers_take() {
        assert_eq!(refused(check_name, &"a".repeat(LINE_LIMIT / 4 - 1)), None);
        for path in ["/", "/a/b", "/a%20b", "/a=b,c:d@e", "/proxy/http://x"] {
            assert_eq!(refused(|literal, errors| drop(self::path(literal, errors)), path), None, "{path}");
        }
        for domain in ["example.com", "a.b.example.co.uk", "LOCALHOST", "me.github.io", "1.example"] {
            assert_eq!(
                refused(|literal, errors| drop(domain::check(literal, errors)), domain),
                None,
                "{domain}"
            );
        }
    }
}
