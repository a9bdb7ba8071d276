//! Where tokens come from: the header's name, and the order of the sources.

use proc_macro2::Ident;
use syn::Lit;

use super::cookie::shown;
use crate::errors::Errors;
use crate::names;
use crate::parse::SessionAttr;
use crate::suggest;

/// Headers that mean something else already.
const OWNED: [&str; 55] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "age",
    "allow",
    "alt-svc",
    "cache-control",
    "connection",
    "cookie",
    "date",
    "early-data",
    "etag",
    "expect",
    "forwarded",
    "from",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "last-event-id",
    "last-modified",
    "link",
    "location",
    "max-forwards",
    "origin",
    "pragma",
    "priority",
    "range",
    "referer",
    "refresh",
    "retry-after",
    "server",
    "set-cookie",
    "strict-transport-security",
    "te",
    "trailer",
    "traceparent",
    "tracestate",
    "transfer-encoding",
    "upgrade",
    "upgrade-insecure-requests",
    "user-agent",
    "vary",
    "via",
    "warning",
    "www-authenticate",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "x-request-id",
];
/// Families of headers that mean something else already.
const OWNED_PREFIXES: [&str; 4] = ["sec-", "proxy-", "content-", "access-control-"];

/// What stands before the credentials in `Authorization` (RFC 9110 §11.4).
const SCHEMES: [&str; 6] = ["basic", "bearer", "digest", "dpop", "hoba", "negotiate"];

/// One of the places where a token may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Cookie,
    Header,
}

/// The header to read, in lower case; `None` where it is turned off.
pub(crate) fn header(attr: &SessionAttr, name: &str, errors: &mut Errors) -> Option<String> {
    let literal = match attr.header.get() {
        Some(Lit::Bool(enabled)) => return enabled.value.then(|| names::header(name)),
        Some(Lit::Str(literal)) => literal,
        _ => return Some(names::header(name)),
    };
    let header = literal.value().to_ascii_lowercase();
    if header.is_empty() {
        errors.push(literal, "the header's name is empty\nhelp: write `header = false` to read none");
    } else if header.starts_with("authorization") && header.contains("bearer") {
        errors.push(literal, "a header's name is the word before the `:`\nhelp: write `header = \"authorization\"`, which is read with and without `Bearer`");
    } else if let Some(bad) = header.chars().find(|c| !names::is_token_char(*c)) {
        errors.push(
            literal,
            format!("a header's name cannot contain {}\nhelp: use letters, digits and `-`", shown(bad)),
        );
    } else if SCHEMES.contains(&header.as_str()) {
        errors.push(literal, format!("`{}` is an authentication scheme and no header's name\nhelp: write `header = \"authorization\"`, which is read with and without `Bearer`", literal.value()));
    } else if OWNED.contains(&header.as_str())
        || OWNED_PREFIXES.iter().any(|prefix| header.starts_with(prefix))
    {
        let help = if header.ends_with("cookie") {
            "leave `header` out: the session's cookie is read anyway"
        } else {
            "write `header = \"authorization\"`, or a name of your own like `x-sid`"
        };
        errors.push(literal, format!("the header `{header}` carries something else\nhelp: {help}"));
    }
    Some(header)
}

/// The enabled sources in the order in which they are tried.
pub(crate) fn order(attr: &SessionAttr, cookie: bool, header: bool, errors: &mut Errors) -> Vec<Source> {
    if !cookie && !header {
        // Without extractors it is a token that travels in links and mails, and no session of a request.
        if attr.extract.get().is_none_or(|extract| extract.value) {
            errors.push(
                attr.header.get(),
                "no token source is left: neither a cookie nor a header is read\nhelp: remove `cookie = false` or `header = false`, or add `extract = false` for a token that is not a request's session",
            );
        }
        return Vec::new();
    }
    let enabled: Vec<_> = [(cookie, Source::Cookie), (header, Source::Header)]
        .into_iter()
        .filter(|(on, _)| *on)
        .map(|(_, source)| source)
        .collect();
    let Some(words) = attr.sources.get() else { return enabled };
    let mut order = Vec::new();
    let mut sound = true;
    for word in words {
        match source(word, &enabled, &order) {
            Ok(source) => order.push(source),
            Err(message) => {
                sound = false;
                errors.push(word, message);
            }
        }
    }
    if let Some(missing) = enabled.iter().find(|source| !order.contains(source)).filter(|_| sound) {
        let missing = missing.word();
        errors.push(attr.sources.key(), format!("`sources` leaves the {missing} out, which is on\nhelp: add `{missing}`, or write `{missing} = false`"));
    }
    order
}

impl Source {
    const fn word(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::Header => "header",
        }
    }
}

fn source(word: &Ident, enabled: &[Source], order: &[Source]) -> Result<Source, String> {
    let text = word.to_string();
    let source = match text.as_str() {
        "cookie" => Source::Cookie,
        "header" => Source::Header,
        _ => {
            let help = match suggest::nearest(&text, &["cookie", "header"]) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "the sources are `cookie` and `header`".into(),
            };
            return Err(format!("unknown source `{text}`\nhelp: {help}"));
        }
    };
    if !enabled.contains(&source) {
        return Err(format!(
            "the {text} is turned off by `{text} = false`\nhelp: remove it from `sources`, or remove `{text} = false`"
        ));
    }
    if order.contains(&source) {
        return Err(format!("`{text}` stands twice in `sources`\nhelp: remove one of them"));
    }
    Ok(source)
}
