//! How settings are written, for the help of a message.

use crate::validate::algorithm;

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
        "csrf" => "csrf = \"off\"",
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
    use super::super::keys::LEVELS;
    use super::*;

    #[test]
    fn every_key_has_an_example() {
        for key in LEVELS.iter().flat_map(|level| level.keys()) {
            assert!(example(key).starts_with(key), "{key}");
        }
    }
}
