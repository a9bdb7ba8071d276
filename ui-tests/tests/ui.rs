//! One test per kind of folder; see `README.md`.

use std::fs;
use std::path::Path;

#[test]
fn authored() {
    trybuild::TestCases::new().compile_fail("authored/*/*.rs");
}

#[test]
fn compiler() {
    trybuild::TestCases::new().compile_fail("compiler/*/*.rs");
}

#[test]
fn pass() {
    trybuild::TestCases::new().pass("pass/*.rs");
}

/// One mistake is one error, and all mistakes of one struct appear at once.
#[test]
fn every_mistake_is_one_error() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("authored");
    let mut checked = 0;
    for topic in fs::read_dir(fixtures).unwrap() {
        for file in fs::read_dir(topic.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "stderr") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let errors = text.lines().filter(|line| line.starts_with("error")).count();
            let mistakes = if path.ends_with("several/five-mistakes.stderr") { 5 } else { 1 };
            assert_eq!(errors, mistakes, "{}", path.display());
            assert!(!text.contains("__private"), "a private name in {}", path.display());
            checked += 1;
        }
    }
    assert!(checked > 80, "only {checked} fixtures");
}
