//! The sources of tokens: the header's name, and the order of the sources.

use proc_macro2::Ident;
use syn::Lit;

use crate::errors::Errors;
use crate::names;
use crate::parse::SessionAttr;
use crate::suggest;

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
    errors.check(literal, unjwt_rules::header::check(&literal.value()));
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
        errors.push(attr.sources.key(), format!("`sources` leaves out the {missing}, which is turned on\nhelp: add `{missing}`, or write `{missing} = false`"));
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
        return Err(format!("`{text}` appears twice in `sources`\nhelp: remove one of them"));
    }
    Ok(source)
}
