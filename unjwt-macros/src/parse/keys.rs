//! The words of the attribute, where each belongs and how it is written.

use proc_macro2::Ident;

use crate::errors::Errors;
use crate::suggest;
use crate::validate::algorithm;

/// A place where settings stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Struct,
    Jwe,
    Jws,
    Cookie,
    Hooks,
    Field,
}

const LEVELS: [Level; 6] = [Level::Struct, Level::Jwe, Level::Jws, Level::Cookie, Level::Hooks, Level::Field];

/// Settings of DESIGN section 3 that a later version brings.
const LATER: [&str; 5] = ["absolute", "renew_after", "version", "migrate", "revocable"];

/// Words that are right in `#[serde(..)]` of a field.
const OF_SERDE: [&str; 8] =
    ["rename", "alias", "default", "flatten", "skip", "skip_serializing", "skip_deserializing", "with"];

impl Level {
    pub(crate) const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Struct => &[
                "jwe",
                "jws",
                "read_only",
                "name",
                "max_age",
                "extend",
                "cookie",
                "header",
                "sources",
                "typ",
                "issuer",
                "audience",
                "subject",
                "clock_tolerance",
                "required_claims",
                "id",
                "hooks",
                "state",
                "extract",
                "crate",
            ],
            Self::Jwe => &["alg", "enc"],
            Self::Jws => &["alg"],
            Self::Cookie => &[
                "path",
                "domain",
                "secure",
                "http_only",
                "same_site",
                "partitioned",
                "max_age",
                "chunk_max_length",
                "max_chunks",
            ],
            Self::Hooks => {
                &["on_read", "on_update", "on_clear", "on_expire", "on_error", "renew", "key_lookup"]
            }
            Self::Field => &["confidential"],
        }
    }

    /// How the place is written.
    const fn shown(self) -> &'static str {
        match self {
            Self::Struct => "#[session(..)]",
            Self::Jwe => "jwe(..)",
            Self::Jws => "jws(..)",
            Self::Cookie => "cookie(..)",
            Self::Hooks => "hooks(..)",
            Self::Field => "#[session(..)]",
        }
    }
}

/// What a key turned out to be.
pub(crate) enum Known {
    /// A key of this level.
    Yes,
    /// It was reported; the rest goes on as if this had been written.
    Meant(&'static str),
    /// It was reported.
    No,
}

/// Looks the key up and reports it if it does not belong here.
pub(crate) fn check(key: &Ident, level: Level, errors: &mut Errors) -> Known {
    let word = key.to_string();
    if level.keys().contains(&word.as_str()) {
        return Known::Yes;
    }
    if level == Level::Struct && LATER.contains(&word.as_str()) {
        errors.push(
            key,
            format!("`{word}` is not available yet\nhelp: remove it; a later version of unjwt brings it"),
        );
        return Known::No;
    }
    if let Some(message) = misplaced(&word, level) {
        errors.push(key, message);
        return Known::No;
    }
    // A synonym is exact, and what is merely spelt alike may be something else.
    if let Some(meant) = synonym(&word, level).or_else(|| suggest::nearest(&word, level.keys())) {
        errors.push(
            key,
            format!("unknown setting `{word}` in `{}`\nhelp: did you mean `{meant}`?", level.shown()),
        );
        return Known::Meant(meant);
    }
    if matches!(level, Level::Jwe | Level::Jws) && algorithm::is_known(&word) {
        let list = level.shown().trim_end_matches("(..)");
        errors.push(
            key,
            format!("unknown setting `{word}` in `{}`\nhelp: write {}", level.shown(), pinned(list, &word)),
        );
        return Known::No;
    }
    if level == Level::Struct && matches!(word.as_str(), "key" | "secret" | "password" | "keys") {
        errors.push(
            key,
            format!("a key cannot stand in the source: `{word}`\nhelp: give it when the process starts: `Type::config(JweKey::password(..))`"),
        );
        return Known::No;
    }
    let help = match level {
        Level::Field if OF_SERDE.contains(&word.as_str()) => {
            format!("what serde does stands in an attribute of its own: `#[serde({word} ..)]`")
        }
        Level::Field => "the only one is `confidential`".into(),
        Level::Struct if word == "session" => "remove the inner `session(..)`, and keep what is in it".into(),
        _ => format!("the settings are {}", suggest::list(level.keys())),
    };
    errors.push(key, format!("unknown setting `{word}` in `{}`\nhelp: {help}", level.shown()));
    Known::No
}

fn misplaced(word: &str, level: Level) -> Option<String> {
    let home = *LEVELS.iter().find(|other| **other != level && other.keys().contains(&word))?;
    Some(match (home, level) {
        (Level::Field, _) => {
            format!(
                "`{word}` belongs on a field\nhelp: write `#[session({word})]` on the field that must not be readable"
            )
        }
        (Level::Struct, _) if level == Level::Field => {
            format!("`{word}` belongs on the struct\nhelp: move it to the `#[session(..)]` above the struct")
        }
        (Level::Struct, Level::Jwe | Level::Jws) if matches!(word, "jwe" | "jws") => {
            "a session is either `jwe` or `jws`\nhelp: keep one of them, with its own settings in parentheses"
                .into()
        }
        (Level::Struct, _) => format!(
            "`{word}` does not belong in `{}`\nhelp: move it out, beside `{}`",
            level.shown(),
            level.shown()
        ),
        (Level::Jwe, Level::Jws) => format!(
            "a signed token has no `{word}`\nhelp: remove it, or write `jwe(..)` for an encrypted session"
        ),
        (Level::Jwe, _) => {
            let alternative = if word == "alg" { " or `jws(alg = \"..\")`" } else { "" };
            format!(
                "`{word}` belongs in `jwe(..)` or `jws(..)`\nhelp: write `jwe({})`{alternative}",
                example(word)
            )
        }
        (home, _) => {
            let place = home.shown().trim_end_matches("(..)");
            format!("`{word}` belongs in `{place}(..)`\nhelp: write `{place}({})`", example(word))
        }
    })
}

/// Words of other libraries.
fn synonym(word: &str, level: Level) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    let meant = match word.as_str() {
        "expires_in" | "expiresin" | "expires" | "ttl" | "lifetime" | "expiry" => "max_age",
        "iss" => "issuer",
        "aud" => "audience",
        "sub" => "subject",
        "encrypted" => "jwe",
        "signed" => "jws",
        "readonly" | "verify_only" => "read_only",
        "jti" | "generate_id" => "id",
        "leeway" | "tolerance" => "clock_tolerance",
        "on_renew" => "renew",
        "on_create" | "on_write" | "on_change" => "on_update",
        "secret" | "private" | "sensitive" if level == Level::Field => "confidential",
        _ => return None,
    };
    level.keys().contains(&meant).then_some(meant)
}

/// Whether the key takes settings of its own.
pub(crate) fn has_settings(key: &str) -> bool {
    LEVELS.iter().any(|level| level.shown().strip_suffix("(..)") == Some(key))
}

/// What a literal that stands alone in `list` was meant to be.
pub(crate) fn unnamed(list: &str, literal: &str) -> String {
    match list {
        "jwe" | "jws" => pinned(list, literal),
        "session" if literal.starts_with("\"jw") => "the settings without quotes".to_owned(),
        "session" => format!("`name = {literal}`, or the key that was meant"),
        "cookie" => "`cookie(path = \"/\")`, or the key that was meant".to_owned(),
        other => format!("`{}`", example(other)),
    }
}

/// `jwe` or `jws` with an algorithm under its key.
pub(crate) fn pinned(list: &str, name: &str) -> String {
    let name = name.trim_matches('"');
    let key = if list == "jwe" && algorithm::encrypts_content(name) { "enc" } else { "alg" };
    format!("`{list}({key} = \"{name}\")`")
}

/// How a key is written, with a value that fits.
pub(crate) fn example(key: &str) -> &'static str {
    match key {
        "jwe" => "jwe(alg = \"dir\")",
        "jws" => "jws(alg = \"RS256\")",
        "read_only" => "read_only",
        "name" => "name = \"sid\"",
        "max_age" => "max_age = \"15m\"",
        "extend" => "extend = \"rotate\"",
        "cookie" => "cookie = false",
        "header" => "header = \"x-sid\"",
        "sources" => "sources(cookie, header)",
        "typ" => "typ = \"JWT\"",
        "issuer" => "issuer = \"https://id.example\"",
        "audience" => "audience = \"https://api.example\"",
        "subject" => "subject = \"login\"",
        "clock_tolerance" => "clock_tolerance = \"30s\"",
        "required_claims" => "required_claims(\"sub\")",
        "id" => "id = path::to::function",
        "hooks" => "hooks(renew = path::to::function)",
        "state" => "state = Arc<App>",
        "extract" => "extract = false",
        "crate" => "crate = ::path::to::unjwt",
        "alg" => "alg = \"..\"",
        "enc" => "enc = \"A256GCM\"",
        "path" => "path = \"/\"",
        "domain" => "domain = \"example.com\"",
        "secure" => "secure = true",
        "http_only" => "http_only = true",
        "same_site" => "same_site = \"lax\"",
        "partitioned" => "partitioned = true",
        "chunk_max_length" => "chunk_max_length = 4000",
        "max_chunks" => "max_chunks = 3",
        "confidential" => "confidential",
        "on_read" => "on_read = path::to::function",
        "on_update" => "on_update = path::to::function",
        "on_clear" => "on_clear = path::to::function",
        "on_expire" => "on_expire = path::to::function",
        "on_error" => "on_error = path::to::function",
        "renew" => "renew = path::to::function",
        "key_lookup" => "key_lookup = path::to::function",
        _ => "",
    }
}

/// A help line that shows how the key is written; nothing for an unknown one.
pub(crate) fn help(key: &str) -> String {
    match example(key) {
        "" => String::new(),
        example => format!("\nhelp: write `{example}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_an_example() {
        for key in LEVELS.iter().flat_map(|level| level.keys()) {
            assert!(example(key).starts_with(key), "{key}");
        }
    }
}
