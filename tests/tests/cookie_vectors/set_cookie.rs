//! One `Set-Cookie` line as a browser takes it apart (RFC 6265bis §5.6).

use super::date;

/// Name and value together.
pub const MAX_PAIR: usize = 4096;
pub const MAX_ATTRIBUTE_VALUE: usize = 1024;
/// 400 days.
pub const MAX_LIFETIME: i64 = 34_560_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    Strict,
    Lax,
    None,
}

/// The content of the line, before defaults are applied.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SetCookie {
    pub name: String,
    pub value: String,
    /// The value of `Expires`.
    pub expires: Option<i64>,
    /// The value of `Max-Age`.
    pub max_age: Option<i64>,
    /// Without its leading dot; empty counts as absent when the cookie is stored.
    pub domain: Option<String>,
    /// Only a path that begins with `/`; otherwise the request's path determines it.
    pub path: Option<String>,
    pub secure: bool,
    pub http_only: bool,
    pub same_site: Option<SameSite>,
    pub partitioned: bool,
}

impl SetCookie {
    /// Parses a line. Returns `None` if browsers ignore the line as a whole.
    pub fn parse(line: &str) -> Option<Self> {
        if line.chars().any(|c| c.is_ascii_control() && c != '\t') {
            return None;
        }
        let mut parts = line.split(';');
        let pair = parts.next()?;
        let (name, value) = pair.split_once('=').unwrap_or(("", pair));
        let mut cookie =
            Self { name: trim(name).to_owned(), value: trim(value).to_owned(), ..Self::default() };
        let len = cookie.name.len() + cookie.value.len();
        if len == 0 || len > MAX_PAIR {
            return None;
        }
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let value = trim(value);
            if value.len() <= MAX_ATTRIBUTE_VALUE {
                cookie.attribute(&trim(name).to_ascii_lowercase(), value);
            }
        }
        Some(cookie)
    }

    fn attribute(&mut self, name: &str, value: &str) {
        match name {
            "expires" => self.expires = date::parse(value).or(self.expires),
            "max-age" => self.max_age = seconds(value).or(self.max_age),
            "domain" => {
                let domain = value.strip_prefix('.').unwrap_or(value);
                self.domain = Some(domain.to_ascii_lowercase());
            }
            "path" => self.path = value.starts_with('/').then(|| value.to_owned()),
            "secure" => self.secure = true,
            "httponly" => self.http_only = true,
            "partitioned" => self.partitioned = true,
            "samesite" => {
                self.same_site = match value.to_ascii_lowercase().as_str() {
                    "strict" => Some(SameSite::Strict),
                    "lax" => Some(SameSite::Lax),
                    "none" => Some(SameSite::None),
                    _ => None,
                };
            }
            _ => {}
        }
    }

    /// Returns the end of the cookie; `None` if it ends with the browser session.
    pub fn end(&self, now: i64) -> Option<i64> {
        let end = match self.max_age {
            Some(age) if age <= 0 => Some(i64::MIN),
            Some(age) => Some(now.saturating_add(age)),
            None => self.expires,
        };
        end.map(|end| end.min(now + MAX_LIFETIME))
    }
}

/// Trims the white space of this grammar: spaces and tabs, but no other Unicode white space.
fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

fn seconds(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let amount = digits.parse().unwrap_or(i64::MAX);
    Some(if digits.len() == text.len() { amount } else { -amount })
}
