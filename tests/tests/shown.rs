//! Code that a page of the documentation shows of a program which is compiled elsewhere.

use std::fs;
use std::path::Path;

/// The lines between two marks of a program, without the indentation of the module around them.
fn shown_part(program: &str) -> String {
    let inside = program.split_once("// page: begin\n").expect("a beginning").1;
    let inside = inside.split_once("// page: end").expect("an end").0;
    inside
        .lines()
        .map(|line| line.strip_prefix("    ").unwrap_or(line).trim_end().to_owned() + "\n")
        .collect::<String>()
}

#[test]
fn the_page_shows_what_is_compiled() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let page = root.join("unjwt/src/docs/coming_from.md");
    if !page.exists() {
        eprintln!("SKIPPED: {} is not there", page.display());
        assert!(std::env::var_os("CI").is_none(), "it is required here");
        return;
    }
    let page = fs::read_to_string(page).unwrap();
    let mut shown = 0;
    for part in page.split("<!-- ").skip(1) {
        let (path, rest) = part.split_once(" -->\n```ignore\n").expect("a program and its code");
        let code = rest.split_once("```").expect("the end of the code").0;
        let program = fs::read_to_string(root.join(path)).unwrap();
        assert_eq!(code.trim_end(), shown_part(&program).trim_end(), "{path}");
        shown += 1;
    }
    assert_eq!(shown, page.matches("```ignore").count());
    assert!(shown >= 3);
}
