//! Examples of settings, for the help of a message.

use super::table::LEVELS;
use crate::validate::algorithm;

/// The setting that a literal without a key in `list` was probably meant to be.
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

/// An example of the key with a valid value; empty for an unknown key.
pub(crate) fn example(key: &str) -> &'static str {
    let mut rows = LEVELS.iter().flat_map(|level| level.examples());
    rows.find(|(known, _)| *known == key).map_or("", |(_, example)| example)
}

/// A help line with an example of the key; empty for an unknown key.
pub(crate) fn help(key: &str) -> String {
    match example(key) {
        "" => String::new(),
        example => format!("\nhelp: write `{example}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key of two levels has one example, since a message may not know in which it stands.
    #[test]
    fn every_example_is_one_of_its_key() {
        for (key, text) in LEVELS.iter().flat_map(|level| level.examples()) {
            assert!(text.starts_with(key), "{key}");
            assert_eq!(example(key), *text, "{key}");
        }
    }
}
