//! The checks of this repository, each a task with a name: `cargo xtask` lists them, `cargo xtask NAME..`
//! runs some, and `cargo xtask ci` runs all but the tests, as `.ci/run` does.

mod command;
mod doc_index;
mod external_types;
mod features;
mod lints;
mod minimal_versions;
mod msrv;
mod package;
mod published;
mod semver;
mod suites;
mod workspace;

use std::process::ExitCode;
use std::time::Instant;

use workspace::Workspace;

/// The reason why a task failed.
type Failure = Box<dyn std::error::Error>;
type Result<T = ()> = std::result::Result<T, Failure>;

struct Task {
    name: &'static str,
    what: &'static str,
    run: fn(&Workspace) -> Result,
}

/// In the order of a full run: what fails soonest and most often comes first.
const TASKS: &[Task] = &[
    Task { name: "fmt", what: "rustfmt changes nothing, in all four workspaces", run: lints::fmt },
    Task { name: "clippy", what: "no warning in the workspace, tests included", run: lints::clippy },
    Task { name: "features", what: "no warning in any set of the features of a crate", run: features::check },
    Task {
        name: "doc",
        what: "the documentation builds without a warning, and two clicks reach each page",
        run: lints::doc,
    },
    Task { name: "docs-rs", what: "the same as docs.rs builds it (nightly)", run: lints::docs_rs },
    Task {
        name: "msrv",
        what: "`rust-version` is enough for the crates and what they depend on",
        run: msrv::check,
    },
    Task {
        name: "minimal-versions",
        what: "the crates build with the oldest dependencies that they allow (nightly)",
        run: minimal_versions::check,
    },
    Task {
        name: "external-types",
        what: "only the crates that are listed have types in the public API (nightly)",
        run: external_types::check,
    },
    Task { name: "semver", what: "what changed since the last release; a report", run: semver::report },
    Task {
        name: "package",
        what: "each package builds and passes its tests on its own",
        run: package::check,
    },
    Task { name: "deny", what: "licences, banned crates, and where crates come from", run: suites::deny },
    Task { name: "fuzz", what: "ten seconds of every fuzz target (nightly)", run: suites::fuzz },
    Task { name: "bench-smoke", what: "every benchmark runs; nothing is kept", run: suites::bench_smoke },
    Task { name: "test-core", what: "the tests of what needs no axum", run: suites::test_core },
    Task {
        name: "test-numbers",
        what: "the core where serde_json has `arbitrary_precision`",
        run: suites::test_numbers,
    },
    Task { name: "test-shared", what: "`refresh-token` on many machines", run: suites::test_shared },
    Task {
        name: "ecosystem",
        what: "the tests beside crates that nothing else here needs",
        run: suites::ecosystem,
    },
    Task { name: "musl", what: "a static program for musl", run: suites::musl },
    Task { name: "test", what: "`cargo test --workspace`", run: suites::test },
];

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let Some(tasks) = chosen(&arguments) else {
        list();
        return ExitCode::from(2);
    };
    if tasks.is_empty() {
        list();
        return ExitCode::SUCCESS;
    }
    match run(&tasks) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// The tasks that the arguments name, or nothing if one is not a task.
fn chosen(arguments: &[String]) -> Option<Vec<&'static Task>> {
    match arguments {
        [] => Some(Vec::new()),
        [only] if only == "list" => Some(Vec::new()),
        [only] if only == "ci" => Some(TASKS.iter().filter(|task| task.name != "test").collect()),
        names => names.iter().map(|name| TASKS.iter().find(|task| task.name == name)).collect(),
    }
}

fn list() {
    println!("cargo xtask NAME.. runs tasks, cargo xtask ci all but `test`:\n");
    for task in TASKS {
        println!("  {:<17} {}", task.name, task.what);
    }
}

fn run(tasks: &[&Task]) -> Result {
    let workspace = Workspace::load()?;
    let mut times = Vec::new();
    for task in tasks {
        println!("\n=== {}: {}", task.name, task.what);
        let begun = Instant::now();
        (task.run)(&workspace).map_err(|failure| format!("{}: {failure}", task.name))?;
        times.push((task.name, begun.elapsed().as_secs()));
    }
    println!();
    for (name, seconds) in times {
        println!("{name:<17} {seconds:>4} s");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_choose_tasks_in_their_order() {
        let names = |arguments: &[&str]| {
            let arguments: Vec<_> = arguments.iter().map(ToString::to_string).collect();
            chosen(&arguments).map(|tasks| tasks.iter().map(|task| task.name).collect::<Vec<_>>())
        };
        assert_eq!(names(&["msrv", "fmt"]), Some(vec!["msrv", "fmt"]));
        assert_eq!(names(&[]), Some(vec![]));
        assert_eq!(names(&["fmt", "frobnicate"]), None);
        assert_eq!(names(&["ci"]).map(|all| all.len()), Some(TASKS.len() - 1));
    }

    /// `CONTRIBUTING.md` names every task and no other.
    #[test]
    fn the_page_for_contributors_lists_the_tasks() {
        let workspace = Workspace::load().unwrap();
        let page = std::fs::read_to_string(workspace.root.join("CONTRIBUTING.md")).unwrap();
        let listed: Vec<_> =
            page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
        let tasks: Vec<_> = TASKS.iter().map(|task| task.name).collect();
        assert_eq!(listed, tasks);
    }
}
