//! rustfmt, clippy and rustdoc.

use std::fs;

use crate::Result;
use crate::command::{command, need_nightly, run, run_in, system_openssl};
use crate::doc_index;
use crate::published::{published, selected};
use crate::workspace::Workspace;

pub(crate) fn fmt(workspace: &Workspace) -> Result {
    for folder in ["", "fuzz", "benches", "ecosystem"] {
        run_in(&workspace.root.join(folder), &["cargo", "fmt", "--all", "--check"])?;
    }
    Ok(())
}

pub(crate) fn clippy(workspace: &Workspace) -> Result {
    let words = ["cargo", "clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
    run_in(&workspace.root, &words)
}

pub(crate) fn doc(workspace: &Workspace) -> Result {
    let library = workspace.target.join("doc/unjwt");
    // rustdoc leaves the pages of what is no longer there.
    if library.exists() {
        fs::remove_dir_all(&library)?;
    }
    let mut doc = command(&["cargo", "doc", "--locked", "--workspace", "--no-deps"]);
    run(doc.env("RUSTDOCFLAGS", "-D warnings").current_dir(&workspace.root))?;
    doc_index::check(&library)
}

/// docs.rs takes nightly, sets `docsrs` and marks what a feature adds.
pub(crate) fn docs_rs(workspace: &Workspace) -> Result {
    need_nightly()?;
    let mut doc = command(&["cargo", "+nightly", "doc", "--locked", "--no-deps", "--all-features"]);
    doc.args(selected(&published(workspace))).arg("--target-dir").arg(workspace.target.join("nightly"));
    let doc = doc.env("RUSTDOCFLAGS", "--cfg docsrs -D warnings").current_dir(&workspace.root);
    run(system_openssl(doc))
}
