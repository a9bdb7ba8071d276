//! The cookie: what no browser would store, and what would break out of the `Set-Cookie` line.

use proc_macro2::Ident;
use quote::format_ident;
use syn::LitStr;
use unjwt_rules::{Place, cookie as rules};

use crate::errors::Errors;
use crate::names;
use crate::parse::SessionAttr;
use crate::parse::protection::Protection;
use crate::parse::renewal::CookieAge;
use crate::suggest;

/// The most chunks that can be configured: fewer than the cookies that browsers keep of one site.
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
    pub(crate) browser_session: bool,
    pub(crate) chunk_max_length: usize,
    pub(crate) max_chunks: usize,
}

impl Cookie {
    /// Checks `cookie(..)` of the session called `name`.
    pub(crate) fn validate(attr: &SessionAttr, name: &str, encrypted: bool, errors: &mut Errors) -> Self {
        let settings = &attr.cookie.settings;
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
            max_age: match settings.max_age.get() {
                Some((CookieAge::Seconds(seconds), _)) => Some(*seconds),
                Some((CookieAge::Session, _)) | None => None,
            },
            browser_session: matches!(settings.max_age.get(), Some((CookieAge::Session, _))),
            chunk_max_length: settings.chunk_max_length.get().map_or(4000, |(length, _)| *length),
            max_chunks: settings.max_chunks.get().map_or(3, |(count, _)| *count),
        };
        cookie.check_conflicts(attr, name, errors);
        cookie.check_chunks(attr, name, errors);
        cookie
    }

    /// Reports each attribute with which no browser would keep the cookie.
    fn check_conflicts(&self, attr: &SessionAttr, name: &str, errors: &mut Errors) {
        let settings = &attr.cookie.settings;
        let cookie = rules::Cookie {
            name,
            path: &self.path,
            has_domain: self.domain.is_some(),
            secure: self.secure,
            // A value that could not be read is one mistake already.
            http_only: self.http_only || settings.http_only.is_broken(),
            same_site_none: self.same_site == "None",
            partitioned: self.partitioned,
        };
        for rules::Conflict { attribute, refusal } in cookie.conflicts(Place::Attribute) {
            match (attribute, settings.http_only.get()) {
                (rules::Attribute::Secure, _) => errors.refuse(settings.secure.get(), &refusal),
                (rules::Attribute::Domain, _) => errors.refuse(settings.domain.get(), &refusal),
                (rules::Attribute::Path, _) => errors.refuse(settings.path.get(), &refusal),
                (rules::Attribute::HttpOnly, Some(readable)) => errors.refuse(readable, &refusal),
                (rules::Attribute::HttpOnly, None) => errors.refuse(attr.name.get(), &refusal),
            }
        }
    }

    /// The room that the cookie's own name and attributes leave for a chunk.
    fn check_chunks(&self, attr: &SessionAttr, name: &str, errors: &mut Errors) {
        if let Some((count, literal)) = attr.cookie.settings.max_chunks.get()
            && *count > MOST_CHUNKS
        {
            errors.push(literal, format!("`max_chunks` must be at most {MOST_CHUNKS}: browsers keep fewer than 200 cookies of one site\nhelp: keep less in the session, or write `max_chunks = 5`"));
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
        let room = rules::LINE_LIMIT.saturating_sub(overhead);
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
                    "no token fits: {count} chunks of {length} characters hold {}, but the smallest token of this session has {smallest}\nhelp: leave `chunk_max_length` out, or write {} or more",
                    length.saturating_mul(count),
                    smallest.div_ceil(count)
                ),
            );
        }
    }
}

/// A lower bound: the length of the token without any of the struct's data.
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

fn path(literal: &LitStr, errors: &mut Errors) -> String {
    let path = literal.value();
    errors.check(literal, rules::path(&path, unjwt_rules::Place::Attribute));
    path
}

fn domain(literal: &LitStr, errors: &mut Errors) -> String {
    let domain = literal.value();
    errors.check(literal, unjwt_rules::domain::check(&domain, Place::Attribute));
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
