//! The page on spans and events: it has those of the sources, and only those.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};

const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

/// Adds the level and the message of every event in these tokens: the last literal of the macro.
fn events(tokens: TokenStream, found: &mut BTreeSet<(String, String)>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        if let TokenTree::Group(group) = token {
            let name = at.checked_sub(2).and_then(|before| tokens.get(before)).map(ToString::to_string);
            let name = name.filter(|name| LEVELS.contains(&name.as_str()));
            let is_macro = at > 0 && tokens[at - 1].to_string() == "!";
            let of_tracing = at > 4 && tokens[at - 5].to_string() == "tracing";
            if let Some(level) = name.filter(|_| is_macro && of_tracing) {
                let literals = group.stream().into_iter().filter_map(|token| match token {
                    TokenTree::Literal(literal) => Some(literal.to_string()),
                    _ => None,
                });
                let message =
                    literals.last().unwrap_or_else(|| panic!("an event without a message: {group}"));
                found.insert((level.to_uppercase(), message.trim_matches('"').to_owned()));
            }
            events(group.stream(), found);
        }
    }
}

fn files(folder: &Path, all: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push(fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn the_page_has_every_event() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("unjwt/src");
    if !sources.join("lib.rs").exists() {
        eprintln!("SKIPPED: the library's sources are not at {}", sources.display());
        assert!(std::env::var_os("CI").is_none(), "they are required here");
        return;
    }
    let (mut texts, mut found) = (Vec::new(), BTreeSet::new());
    files(&sources, &mut texts);
    for text in texts {
        events(text.parse().unwrap(), &mut found);
    }
    assert!(found.len() > 25, "{found:?}");

    let page = fs::read_to_string(sources.join("docs/events.md")).unwrap();
    let tables = page.split("# Events of requests").nth(1).unwrap();
    let rows: Vec<_> = tables
        .lines()
        .filter(|line| LEVELS.iter().any(|level| line.starts_with(&format!("| {} ", level.to_uppercase()))))
        .collect();
    // One that is an error at first, and of no interest after that.
    found.remove(&("DEBUG".to_owned(), "the store of logins is out".to_owned()));
    for (level, message) in &found {
        // A message with backticks is between two of them (CommonMark 6.1).
        let spaced = if message.ends_with('`') { " " } else { "" };
        let row = if message.contains('`') {
            format!("| {level} | ``{message}{spaced}``")
        } else {
            format!("| {level} | `{message}`")
        };
        assert!(rows.iter().any(|line| line.starts_with(&row)), "no row `{row}`");
    }
    assert_eq!(rows.len(), found.len(), "a row of an event that no longer is");
}
