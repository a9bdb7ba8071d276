//! Promises of the manifests and the documents.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The table of the documentation is what `Cargo.toml` says of each feature.
#[test]
fn the_features_of_the_crate_are_explained() {
    let manifest = fs::read_to_string(root().join("unjwt/Cargo.toml")).unwrap();
    let features = manifest.split("[features]\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let default = features.lines().find_map(|line| line.strip_prefix("default = ")).unwrap();
    let mut expected = String::new();
    let mut comment = "";
    for line in features.lines() {
        if let Some(text) = line.strip_prefix("# ") {
            comment = text;
        } else if let Some((name, _)) = line.split_once(" = ").filter(|(name, _)| *name != "default") {
            assert!(!comment.is_empty(), "the feature `{name}` has no comment");
            let mark = if default.contains(&format!("{name:?}")) { " (default)" } else { "" };
            expected.push_str(&format!("| `{name}`{mark} | {comment} |\n"));
            comment = "";
        }
    }
    let page = fs::read_to_string(root().join("unjwt/src/docs/cargo_features.md")).unwrap();
    let table = page.split("|---|---|\n").nth(1).unwrap();
    assert_eq!(table, expected, "the table in `unjwt/src/docs/cargo_features.md`, and what it should be");
}

/// Every document of the repository, by its path from the root.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_symlink() || name == ".git" || name == "node_modules" || name.starts_with("target") {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    found
}

/// A document without what stands in fences.
fn prose(document: &str) -> String {
    let mut fenced = false;
    let lines = document.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        fenced ^= is_fence;
        !fenced && !is_fence
    });
    lines.map(|line| format!("{line}\n")).collect()
}

/// The anchors that its headings are.
fn anchors(document: &str) -> Vec<String> {
    let prose = prose(document);
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    let kept = |char: char| char.is_alphanumeric() || "-_ ".contains(char);
    let anchor = |text: &str| text.chars().filter(|char| kept(*char)).collect::<String>().to_lowercase();
    headings.map(|line| anchor(line.trim_start_matches('#').trim()).replace(' ', "-")).collect()
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let documents = documents();
    let mut followed = 0;
    for document in &documents {
        let text = fs::read_to_string(root().join(document)).unwrap();
        let here = document.display();
        for link in prose(&text).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("http:") || link.starts_with("https:") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            // Rustdoc resolves these itself, but for the headings of a page.
            let target = match path.split_once("::") {
                Some(("crate", page)) if !anchor.is_empty() => {
                    root().join(format!("unjwt/src/docs/{page}.md"))
                }
                Some(_) => continue,
                None if path.is_empty() => root().join(document),
                None => root().join(document).parent().unwrap().join(path),
            };
            assert!(target.exists(), "{here}: `{link}` leads nowhere");
            if !anchor.is_empty() {
                let found = anchors(&fs::read_to_string(target).unwrap());
                assert!(found.contains(&anchor.to_owned()), "{here}: `{link}` leads to none of {found:?}");
            }
            followed += 1;
        }
    }
    assert!(documents.len() > 25 && followed > 30, "{followed} links in {} documents", documents.len());
}

/// A package's page shows its README where no file of the repository is beside it.
#[test]
fn what_is_read_outside_of_the_repository_links_into_no_folder_of_it() {
    for document in ["README.md", "unjwt-macros/README.md"] {
        let text = fs::read_to_string(root().join(document)).unwrap();
        for link in prose(&text).split("](").skip(1) {
            assert!(link.starts_with("https://"), "{document}: {}", link.split(')').next().unwrap());
        }
    }
}

/// The repository has no public address yet, so that nothing leads to one.
#[test]
fn no_link_names_an_address_of_the_repository() {
    let manifests = ["Cargo.toml", "unjwt/Cargo.toml", "unjwt-macros/Cargo.toml"].map(PathBuf::from);
    let sources = ["unjwt/src/lib.rs", "unjwt-macros/src/lib.rs"].map(PathBuf::from);
    for file in documents().into_iter().chain(manifests).chain(sources) {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        for host in ["github.com", "gitlab.com", "codeberg.org"] {
            for rest in text.split(&format!("{host}/")).skip(1) {
                assert!(!rest.starts_with("unjwt"), "{}: {host}/{:.40}", file.display(), rest);
            }
        }
        assert!(!text.contains("\nrepository = "), "{}", file.display());
    }
}

#[test]
fn every_test_that_the_documentation_names_exists() {
    let root = root();
    for (document, least) in [
        ("unjwt/src/docs/features.md", 30),
        ("SECURITY.md", 30),
        ("unjwt/src/docs/clients.md", 60),
        ("unjwt/src/docs/deployment.md", 10),
    ] {
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
    let sources = root().join("unjwt/src");
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

/// A service with its own SQLite is told which release of rusqlite it can link beside the store.
#[test]
fn the_release_of_rusqlite_is_named() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let version = manifest.split("rusqlite = { version = \"").nth(1).unwrap().split('"').next().unwrap();
    let readme = fs::read_to_string(root().join("stores/unjwt-store-sqlite/README.md")).unwrap();
    assert!(readme.contains(&format!("`rusqlite = \"{version}\"`")), "{version}");
}
