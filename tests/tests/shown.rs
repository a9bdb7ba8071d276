//! Code that a page of the documentation shows of a program which is compiled elsewhere.

use std::fs;
use std::path::Path;

/// The lines between two marks of a program, without the indentation of the module around them.
fn shown_part(program: &str, name: &str) -> String {
    let begin = format!("// page: begin {name}");
    let inside = program.split_once(&format!("{}\n", begin.trim_end())).expect("a beginning").1;
    let inside = inside.split_once("// page: end").expect("an end").0;
    inside
        .lines()
        .map(|line| line.strip_prefix("    ").unwrap_or(line).trim_end().to_owned() + "\n")
        .collect::<String>()
}

/// The program and its part that a page names before a block of code: `<!-- ecosystem/src/it.rs -->` for the only part of
/// a program, `<!-- ecosystem/src/it.rs: routes -->` for one of several.
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
        for part in page.split("<!-- ecosystem/").skip(1) {
            let (comment, rest) = part.split_once(" -->\n```ignore\n").expect("a program and its code");
            let code = rest.split_once("```").expect("the end of the code").0;
            let (file, name) = named(comment);
            let program = fs::read_to_string(root.join("ecosystem").join(file)).unwrap();
            assert_eq!(
                code.trim_end(),
                shown_part(&program, name).trim_end(),
                "{comment} in {}",
                path.display()
            );
            shown += 1;
        }
        // Code that is shown and not compiled would be believed all the same.
        assert_eq!(shown - shown_before, page.matches("```ignore").count(), "{}", path.display());
    }
    assert!(shown >= 3);
}
