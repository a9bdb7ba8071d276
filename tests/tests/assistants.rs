//! `llms.txt` and the skill for programming assistants: made of the documentation, so that they say what it says.
//!
//! After a change of the documentation: `UNJWT_ASSISTANTS=overwrite cargo test -p unjwt-tests --test assistants`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned();
    if root.join("unjwt/src/docs").exists() {
        return Some(root);
    }
    eprintln!("SKIPPED: the repository is not at {}", root.display());
    assert!(std::env::var_os("CI").is_none(), "it is required here");
    None
}

fn read(root: &Path, path: &str) -> String {
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A paragraph on one line, with links of rustdoc as the words that they show.
fn line(paragraph: &str) -> String {
    let text = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut plain = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('[') {
        plain.push_str(before);
        let Some((shown, after)) = after.split_once(']') else { break };
        plain.push_str(shown);
        rest = match after.strip_prefix('(').and_then(|target| target.split_once(')')) {
            Some((_, after)) => after,
            None => after,
        };
    }
    plain + rest
}

fn paragraphs(document: &str) -> impl Iterator<Item = &str> {
    document.split("\n\n").map(str::trim)
}

/// The text below a heading, until the next of its level.
fn section<'d>(document: &'d str, heading: &str) -> &'d str {
    let level = heading.split(' ').next().unwrap();
    let below = document.split_once(&format!("{heading}\n")).unwrap_or_else(|| panic!("no `{heading}`")).1;
    below.split(&format!("\n{level} ")).next().unwrap().trim()
}

/// The pages of the documentation: the module, the file, and its first paragraph.
fn pages(root: &Path) -> Vec<(String, String, String)> {
    let library = read(root, "unjwt/src/lib.rs");
    let lines: Vec<_> = library.lines().collect();
    let mut pages = Vec::new();
    for (at, text) in lines.iter().enumerate() {
        let Some(module) = text.strip_prefix("pub mod ").and_then(|text| text.split(" {").next()) else {
            continue;
        };
        let documents = lines[..at].iter().rev().take_while(|line| line.starts_with("#["));
        let files = documents.filter_map(|line| line.split_once("include_str!(\"")?.1.split('"').next());
        if let Some(file) = files.filter(|file| file.ends_with(".md")).last() {
            let path = format!("unjwt/src/{file}");
            let first = line(paragraphs(&read(root, &path)).next().unwrap());
            pages.push((format!("unjwt::{module}"), path, first));
        }
    }
    pages.sort();
    pages
}

fn llms(root: &Path) -> String {
    let readme = read(root, "README.md");
    let mut text = format!("# unjwt\n\n> {}\n\n", line(paragraphs(&readme).nth(1).unwrap()));
    writeln!(text, "{}\n", line(section(&readme, "## When not to use it"))).unwrap();
    text.push_str("## Documentation\n\n- [README](README.md): the attribute, keys, hooks, and an access and refresh token\n");
    for (module, path, first) in pages(root) {
        writeln!(text, "- [{module}]({path}): {first}").unwrap();
    }
    text.push_str("- [the attribute](unjwt/src/docs/session.md): every setting of `#[session(..)]`\n");
    text.push_str(
        "- [skill](skills/unjwt/SKILL.md): how to use the crate, for an assistant\n\n## Examples\n\n",
    );
    for row in read(root, "examples/README.md").lines().filter_map(|line| line.strip_prefix("| [")) {
        let (name, rest) = row.split_once("](").unwrap();
        let what = rest.split(" | ").nth(1).unwrap().trim_end_matches(" |");
        writeln!(text, "- [{name}](examples/{name}/): {what}").unwrap();
    }
    text
}

/// The code blocks of Rust below a heading, or of the whole document.
fn code(document: &str) -> Vec<&str> {
    document.split("```rust\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

fn skill(root: &Path) -> String {
    let readme = read(root, "README.md");
    let mistakes = read(root, "unjwt/src/docs/mistakes.md");
    let mut text = "---\nname: unjwt\ndescription: Keeps people signed in to a Rust service with axum: sessions as structs in an \
         encrypted or signed cookie. Use when a service needs logins, logouts, access and refresh tokens, or the tokens of an \
         identity provider.\n---\n\n# Sessions with unjwt\n\n"
        .to_owned();
    let blocks = code(&readme);
    writeln!(text, "The smallest service:\n\n```rust\n{}```\n", blocks[0]).unwrap();
    let pair = section(&readme, "## Example: access and refresh token");
    writeln!(text, "{}\n\n```rust\n{}```\n", line(paragraphs(pair).next().unwrap()), code(pair)[0]).unwrap();
    writeln!(
        text,
        "## What is checked when\n\n{}\n",
        paragraphs(section(&readme, "## What is checked when")).next().unwrap()
    )
    .unwrap();
    writeln!(text, "## Keys\n\n{}\n", paragraphs(section(&readme, "## Keys")).next().unwrap()).unwrap();
    text.push_str("## Common mistakes\n\n");
    for heading in mistakes.lines().filter_map(|line| line.strip_prefix("## ")) {
        let (_, name) = heading.split_once(". ").unwrap_or(("", heading));
        let below = section(&mistakes, &format!("## {heading}"));
        let message =
            below.split("```text\n").nth(1).unwrap_or_default().split("\n -->").next().unwrap().trim();
        let message: Vec<_> = message.lines().map(str::trim).collect();
        writeln!(text, "- {name}: `{}`", message.join(" ").replace('`', "'")).unwrap();
    }
    text.push_str("\nThe compiler says what to write: do that first. Then:\n\n");
    for (module, path, first) in pages(root) {
        if [
            "unjwt::recipes",
            "unjwt::accounts",
            "unjwt::logins",
            "unjwt::renewal",
            "unjwt::versions",
            "unjwt::providers",
            "unjwt::refused",
            "unjwt::frameworks",
            "unjwt::coming_from",
            "unjwt::deployment",
            "unjwt::metrics",
            "unjwt::openapi",
        ]
        .contains(&module.as_str())
        {
            writeln!(text, "- `{path}`: {first}").unwrap();
        }
    }
    text.push_str("- `unjwt/src/docs/session.md`: every setting of `#[session(..)]`\n\n## Recipes\n\n");
    let recipes = ["recipes", "accounts"].map(|page| read(root, &format!("unjwt/src/docs/{page}.md")));
    let mut fenced = false;
    for heading in recipes.iter().flat_map(|page| page.lines()) {
        fenced ^= heading.starts_with("```");
        if let Some(name) = heading.strip_prefix("# ").filter(|_| !fenced) {
            writeln!(text, "- {name}").unwrap();
        }
    }
    text
}

#[track_caller]
fn check(root: &Path, path: &str, expected: &str) {
    if std::env::var_os("UNJWT_ASSISTANTS").is_some_and(|value| value == "overwrite") {
        fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        fs::write(root.join(path), expected).unwrap();
    }
    let present = fs::read_to_string(root.join(path)).unwrap_or_default();
    assert!(present == expected, "{path} is not what the documentation says; see the top of this test");
}

#[test]
fn they_say_what_the_documentation_says() {
    let Some(root) = root() else { return };
    check(&root, "llms.txt", &llms(&root));
    check(&root, "skills/unjwt/SKILL.md", &skill(&root));
}

/// Their code is the README's, which `cargo test` compiles.
#[test]
fn their_code_compiles_elsewhere() {
    let Some(root) = root() else { return };
    let (skill, readme) = (skill(&root), read(&root, "README.md"));
    let blocks = code(&skill);
    assert_eq!(blocks.len(), 2);
    assert!(blocks.iter().all(|block| readme.contains(block)));
    assert!(skill.len() < 13_000, "a short file");
}

#[test]
fn their_links_lead_to_files() {
    let Some(root) = root() else { return };
    let llms = llms(&root);
    let links: Vec<_> = llms.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()).collect();
    assert!(links.len() > 25, "{links:?}");
    for link in links {
        assert!(root.join(link).exists(), "{link}");
    }
}
