//! Code that a page of the documentation shows of a program which is compiled elsewhere.

use std::fs;
use std::path::Path;

/// The lines between two marks of a program, without the indentation of the marks.
fn shown_part(program: &str, name: &str) -> String {
    let begin = format!("// page: begin {name}");
    let (before, inside) =
        program.split_once(&format!("{}\n", begin.trim_end())).unwrap_or_else(|| panic!("no `{begin}`"));
    let inside = inside.split_once("// page: end").expect("an end").0;
    let indentation = before.rsplit('\n').next().unwrap_or_default();
    inside
        .lines()
        .map(|line| line.strip_prefix(indentation).unwrap_or(line).trim_end().to_owned() + "\n")
        .collect::<String>()
}

/// The folders of programs that pages show.
const FOLDERS: [&str; 2] = ["ecosystem", "tests"];

/// The fences of code that is not compiled where it stands.
const FENCES: [&str; 2] = ["```ignore\n", "```js\n"];

/// The file of a program and its part that a page names before a block of code: `<!-- ecosystem/src/it.rs -->` for the only
/// part of a program, `<!-- ecosystem/src/it.rs: routes -->` for one of several.
fn named(comment: &str) -> (&str, &str) {
    comment.split_once(": ").unwrap_or((comment, ""))
}

#[test]
fn the_pages_show_what_is_compiled() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let pages = root.join("unjwt/src/docs");
    if !pages.exists() {
        eprintln!("SKIPPED: {} is not there", pages.display());
        assert!(std::env::var_os("CI").is_none(), "it is required here");
        return;
    }
    let mut shown = 0;
    for page in fs::read_dir(pages).unwrap() {
        let path = page.unwrap().path();
        if path.extension().is_none_or(|kind| kind != "md") {
            continue;
        }
        let page = fs::read_to_string(&path).unwrap();
        let shown_before = shown;
        for (comment, rest) in page.split("<!-- ").skip(1).filter_map(|part| part.split_once(" -->\n")) {
            let (file, name) = named(comment);
            if !FOLDERS.iter().any(|folder| file.starts_with(&format!("{folder}/"))) {
                continue;
            }
            let code =
                FENCES.iter().find_map(|fence| rest.strip_prefix(fence)).expect("a program and its code");
            let code = code.split_once("```").expect("the end of the code").0;
            let program = fs::read_to_string(root.join(file)).unwrap();
            assert_eq!(
                code.trim_end(),
                shown_part(&program, name).trim_end(),
                "{comment} in {}",
                path.display()
            );
            shown += 1;
        }
        // Code that is shown and not compiled would be believed all the same.
        let not_compiled: usize = FENCES.iter().map(|fence| page.matches(fence).count()).sum();
        assert_eq!(shown - shown_before, not_compiled, "{}", path.display());
    }
    assert!(shown >= 3);
}
