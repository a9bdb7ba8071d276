//! The tables of instructions: what a request consists of.

use std::collections::BTreeSet;

use super::markdown::{self, none};
use super::results::Instructions;

/// The routes whose instructions in unjwt are listed by source file.
const LISTED: [&str; 4] = ["unasked", "anonymous", "hs256", "chunked"];
/// Fewer instructions are not listed.
const LEAST: f64 = 20.0;

pub(crate) fn tables(all: &[(String, Instructions)]) -> String {
    if all.is_empty() {
        return markdown::NOT_MEASURED.to_owned();
    }
    let head: Vec<String> =
        [String::new()].into_iter().chain(all.iter().map(|(route, _)| format!("`/{route}`"))).collect();
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let names: BTreeSet<&str> =
        all.iter().flat_map(|(_, counted)| counted.groups.keys().map(String::as_str)).collect();
    let mut rows = vec![row("all", all.iter().map(|(_, counted)| Some(counted.total())))];
    rows.extend(
        names.iter().map(|name| row(name, all.iter().map(|(_, counted)| counted.groups.get(*name).copied()))),
    );
    let listed = LISTED.map(|route| all.iter().find(|(name, _)| name == route).map(|(_, counted)| counted));
    let of = |counted: Option<&Instructions>, file: &str| counted?.files.get(file).copied();
    let files: BTreeSet<&str> =
        listed.iter().flatten().flat_map(|counted| counted.files.keys().map(String::as_str)).collect();
    let mut by_file: Vec<_> = files
        .into_iter()
        .map(|file| (file, listed.map(|counted| of(counted, file))))
        .filter(|(_, counts)| counts.iter().flatten().any(|count| *count >= LEAST))
        .collect();
    let most = |counts: &[Option<f64>]| counts.iter().flatten().copied().fold(0.0, f64::max);
    by_file.sort_by(|one, other| most(&other.1).total_cmp(&most(&one.1)));
    let file_rows: Vec<_> =
        by_file.iter().map(|(file, counts)| row(&format!("`{file}`"), counts.iter().copied())).collect();
    let routes = LISTED.map(|route| format!("`/{route}`"));
    let [one, two, three, four] = &routes;
    format!(
        "{}\n## In the library, by source file\n\n{}",
        markdown::table(&head, &rows),
        markdown::table(&["", one, two, three, four], &file_rows)
    )
}

fn row(name: &str, counts: impl Iterator<Item = Option<f64>>) -> Vec<String> {
    let cells = counts.map(|count| count.map_or_else(none, |count| format!("{count:.0}")));
    [name.to_owned()].into_iter().chain(cells).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_and_files_are_listed() {
        let counted = |unjwt: f64| Instructions {
            groups: [("unjwt".to_owned(), unjwt), ("hyper".to_owned(), 100.0)].into(),
            files: [("http/layer.rs".to_owned(), unjwt), ("small.rs".to_owned(), 1.0)].into(),
        };
        let text =
            tables(&[("hello".to_owned(), Instructions::default()), ("hs256".to_owned(), counted(50.0))]);
        assert!(text.contains("|  | `/hello` | `/hs256` |"), "{text}");
        assert!(text.contains("| all | 0 | 150 |") && text.contains("| hyper | – | 100 |"), "{text}");
        assert!(
            text.contains("| `http/layer.rs` | – | – | 50 | – |") && !text.contains("small.rs"),
            "{text}"
        );
    }
}
