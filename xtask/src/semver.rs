//! A report of the changes to the public API since the last release. It never fails, and is read before a
//! release.

use crate::Result;
use crate::command::{command, run, succeeds};
use crate::published::{published, selected};
use crate::workspace::Workspace;

pub(crate) fn report(workspace: &Workspace) -> Result {
    let tags = command(&["git", "tag", "--list", "v*", "--sort=-version:refname"])
        .current_dir(&workspace.root)
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    let Some(last) = tags.lines().next() else {
        println!("SKIPPED: there is no release to compare with (no tag `v*`)");
        return Ok(());
    };
    if !succeeds(&["cargo", "semver-checks", "--version"]) {
        println!(
            "SKIPPED: cargo-semver-checks is not installed; `cargo install --locked cargo-semver-checks`"
        );
        return Ok(());
    }
    let mut checks = command(&["cargo", "semver-checks", "--all-features", "--baseline-rev", last]);
    checks.args(selected(&published(workspace)));
    if let Err(failure) = run(checks.current_dir(&workspace.root)) {
        println!("REPORTED, not a failure: {failure}");
    }
    Ok(())
}
