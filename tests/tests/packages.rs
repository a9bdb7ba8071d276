//! What the manifests promise.

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_declared_rust_version_is_enough_for_every_dependency() {
    let output =
        Command::new(env!("CARGO")).args(["metadata", "--format-version=1", "--locked"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();

    let version = |text: &str| -> [u32; 3] {
        let mut parts = text.split('.').map(|part| part.parse().unwrap());
        std::array::from_fn(|_| parts.next().unwrap_or(0))
    };
    let package = |id: &str| packages.iter().find(|package| package["id"] == id).unwrap();
    let ours = packages.iter().find(|package| package["name"] == "unjwt").unwrap();
    let declared = version(ours["rust_version"].as_str().unwrap());

    // The packages that a user of `unjwt` builds: no development dependencies.
    let mut open = vec![ours["id"].as_str().unwrap()];
    let mut seen = Vec::new();
    while let Some(id) = open.pop() {
        if seen.contains(&id) {
            continue;
        }
        seen.push(id);
        let node = nodes.iter().find(|node| node["id"] == id).unwrap();
        for dependency in node["deps"].as_array().unwrap() {
            let kinds = dependency["dep_kinds"].as_array().unwrap();
            if kinds.iter().any(|kind| kind["kind"] != "dev") {
                open.push(dependency["pkg"].as_str().unwrap());
            }
        }
        if let Some(needed) = package(id)["rust_version"].as_str() {
            assert!(
                version(needed) <= declared,
                "{id} needs Rust {needed}, `rust-version` says {declared:?}"
            );
        }
    }
    assert!(seen.len() > 30, "the dependencies were found");
}

#[test]
fn every_test_that_the_documentation_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for (document, least) in
        [("unjwt/src/docs/features.md", 30), ("SECURITY.md", 30), ("unjwt/src/docs/clients.md", 60)]
    {
        let table = fs::read_to_string(root.join(document)).unwrap();
        let mut named = 0;
        for reference in table.split('`').filter(|text| text.contains(".rs::")) {
            let (file, test) = reference.split_once("::").unwrap();
            let path = match file.split_once('/').unwrap() {
                ("tests", rest) => root.join("tests/tests").join(rest),
                ("examples", rest) => root.join("examples/tests").join(rest),
                ("unjwt", rest) => root.join("unjwt/src").join(rest),
                ("freed-memory", rest) => root.join("tests/freed-memory/tests").join(rest),
                other => panic!("{other:?}"),
            };
            let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{reference}: {error}"));
            assert!(source.contains(&format!("fn {test}(")), "{document}: {reference}");
            named += 1;
        }
        assert!(named > least, "{document}: {named} tests are named");
    }
}

/// The page "refused" leads from each code to its cause.
#[test]
fn every_code_of_an_error_is_explained_and_no_other() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("unjwt/src");
    let read = |file: &str| fs::read_to_string(sources.join(file)).unwrap();
    let errors = read("error.rs");
    let mut codes: Vec<_> = errors.split('"').filter(|text| text.starts_with("ERR_")).collect();
    let page = read("docs/refused.md");
    let mut explained: Vec<_> =
        page.lines().filter_map(|line| line.strip_prefix("## `")?.strip_suffix('`')).collect();
    assert!(codes.len() > 20, "the codes were found");
    codes.sort_unstable();
    explained.sort_unstable();
    assert_eq!(explained, codes);
    // What the text beside the headings names exists too.
    let word = |char: char| !char.is_ascii_alphanumeric() && char != '_';
    for code in page.split(word).filter(|word| word.starts_with("ERR_")) {
        assert!(codes.contains(&code), "{code}");
    }
}
