//! One test per kind of folder, and what holds for all of them; see `README.md`.

#![allow(clippy::unwrap_used)] // Helpers of tests are no tests to clippy.

mod prebuilt;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn authored() {
    prebuilt::offer();
    trybuild::TestCases::new().compile_fail("authored/*/*.rs");
}

#[test]
fn compiler() {
    prebuilt::offer();
    trybuild::TestCases::new().compile_fail("compiler/*/*.rs");
}

#[test]
fn pass() {
    prebuilt::offer();
    trybuild::TestCases::new().pass("pass/*.rs");
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a folder's topics with this extension.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let topics = fs::read_dir(here().join(folder)).unwrap();
    let files = topics.flat_map(|topic| fs::read_dir(topic.unwrap().path()).unwrap());
    let files = files.map(|file| file.unwrap().path());
    files.filter(|file| file.extension().is_some_and(|found| found == extension)).collect()
}

/// One mistake is one error, and all mistakes of one struct appear at once.
#[test]
fn every_mistake_is_one_error() {
    for path in [files("authored", "stderr"), files("compiler", "stderr")].concat() {
        let text = fs::read_to_string(&path).unwrap();
        let errors = text.lines().filter(|line| line.starts_with("error")).count();
        let expected = if path.ends_with("several/five-mistakes.stderr") {
            5
        } else if path.ends_with("data/no-session.stderr") {
            // rustc checks the arguments of an `async fn` twice: as arguments, and as captures of its future.
            2
        } else if path.ends_with("data/patch-name-that-is-taken.stderr") {
            // Of two types with one name rustc takes the first, and what the derive wrote for its own does not fit it.
            4
        } else if path.ends_with("pair/cycle.stderr") {
            // Each of the two structs names a login that is none.
            2
        } else {
            1
        };
        assert_eq!(errors, expected, "{}", path.display());
        assert!(!text.contains("__private"), "a private name in {}", path.display());
        assert!(!text.contains("warning:"), "a warning in {}", path.display());
    }
}

/// What the derives write has a help line that says what to write.
#[test]
fn every_authored_message_says_what_to_write() {
    for path in files("authored", "stderr") {
        let text = fs::read_to_string(&path).unwrap();
        let mut without = text.split("error: ").skip(1).filter(|error| !error.contains("help: "));
        assert_eq!(without.next(), None, "{}", path.display());
    }
}

#[test]
fn every_topic_has_a_neighbour_that_compiles() {
    let passing: Vec<String> = fs::read_dir(here().join("pass"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    let failing = [files("authored", "rs"), files("compiler", "rs")].concat();
    let topics: BTreeSet<_> =
        failing.iter().map(|file| file.parent().unwrap().file_name().unwrap().to_str().unwrap()).collect();
    for topic in topics {
        assert!(passing.iter().any(|file| file.starts_with(topic)), "nothing in `pass` for `{topic}`");
    }
    assert!(failing.len() >= 120, "only {} failing cases", failing.len());
    assert!(passing.len() >= 30, "only {} passing cases", passing.len());
}

/// The documentation shows what the compiler really says: each `text` block of the page is the beginning of the
/// `.stderr` that it names; `...` stands for the rest.
#[test]
fn the_page_of_mistakes_shows_the_real_messages() {
    let page = fs::read_to_string(here().join("../unjwt/src/docs/mistakes.md")).unwrap();
    let blocks: Vec<_> = page
        .split("\n```text\n")
        .skip(1)
        .map(|rest| rest.split_once("\n```").unwrap().0)
        .filter(|block| block.starts_with("error"))
        .collect();
    assert_eq!(blocks.len(), 10);
    for block in blocks {
        let fixture = block.split("--> ").nth(1).and_then(|rest| rest.split(".rs:").next()).unwrap();
        let expected = fs::read_to_string(here().join(format!("{fixture}.stderr"))).unwrap();
        let (shown, whole) = match block.strip_suffix("\n...") {
            Some(beginning) => (beginning, false),
            None => (block, true),
        };
        assert!(
            expected.starts_with(shown),
            "{fixture}: the page shows\n{shown}\nand rustc says\n{expected}"
        );
        assert!(!whole || expected.trim_end() == shown, "{fixture}: the page ends before rustc does");
    }
}

/// Every line about compiling names cases that are there, and every topic of cases is on the page.
#[test]
fn the_page_of_checks_names_cases_that_exist() {
    let page = fs::read_to_string(here().join("../unjwt/src/docs/checks.md")).unwrap();
    let (compiling, _) = page.split_once("# When the process starts").unwrap();
    let rows: Vec<_> = compiling
        .lines()
        .filter(|line| line.starts_with("| ") && !line.ends_with("| case |"))
        .map(|line| line.trim_matches('|').rsplit_once(" | ").unwrap().1)
        .collect();
    assert!(rows.len() >= 50, "only {} rows", rows.len());
    let mut topics = BTreeSet::new();
    for row in rows {
        let cases: Vec<_> = row.trim().split(", ").map(|case| case.trim_matches('`')).collect();
        for case in cases {
            assert!(here().join(format!("{case}.rs")).exists(), "no case `{case}`");
            assert!(here().join(format!("{case}.stderr")).exists(), "no message of `{case}`");
            topics.insert(case.rsplit_once('/').unwrap().0.to_owned());
        }
    }
    for file in [files("authored", "rs"), files("compiler", "rs")].concat() {
        let topic = file.parent().unwrap().strip_prefix(here()).unwrap().to_str().unwrap();
        // These two are about messages, and about serde's own.
        let apart = ["authored/several", "compiler/claims"].contains(&topic);
        assert!(apart || topics.contains(topic), "`{topic}` is not on the page");
    }
}
