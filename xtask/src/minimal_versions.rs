//! The oldest dependencies that the published crates allow.

use std::fs;
use std::path::Path;

use crate::Result;
use crate::command::{command, need_nightly, run, system_openssl};
use crate::package::copy_folder;
use crate::published::published;
use crate::workspace::Workspace;

/// Resolves a copy of the published crates to the lowest versions of what they name and builds it. The copy
/// has neither the other members nor development dependencies, which no user builds, and its own lock file.
pub(crate) fn check(workspace: &Workspace) -> Result {
    need_nightly()?;
    let copy = workspace.target.join("minimal-versions");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    let mut names = Vec::new();
    for member in published(workspace) {
        let name = member.folder.strip_prefix(&workspace.root)?.to_str().ok_or("a folder is not UTF-8")?;
        copy_folder(member.folder, &copy.join(name))?;
        let manifest = copy.join(name).join("Cargo.toml");
        fs::write(&manifest, without_table(&fs::read_to_string(&manifest)?, "dev-dependencies"))?;
        names.push(format!("{name:?}"));
    }
    let manifest = fs::read_to_string(workspace.root.join("Cargo.toml"))?;
    fs::write(copy.join("Cargo.toml"), with_members(&manifest, &names)?)?;

    let within = |words: &[&str], folder: &Path| {
        let mut command = command(words);
        run(system_openssl(command.env("CARGO_TARGET_DIR", &workspace.target).current_dir(folder)))
    };
    within(&["cargo", "+nightly", "update", "--quiet", "-Z", "direct-minimal-versions"], &copy)?;
    within(&["cargo", "check", "--locked", "--workspace", "--all-features"], &copy)
}

/// A manifest without one of its tables.
fn without_table(manifest: &str, table: &str) -> String {
    let header = format!("[{table}]");
    let mut within = false;
    let lines = manifest.lines().filter(|line| {
        if line.starts_with('[') {
            within = line.trim_end() == header;
        }
        !within
    });
    lines.map(|line| format!("{line}\n")).collect()
}

/// The manifest of the workspace with other members. Those that a command without `-p` means are all of them.
fn with_members(manifest: &str, members: &[String]) -> Result<String> {
    let manifest = with_list(manifest, "members", members)?;
    with_list(&manifest, "default-members", members)
}

/// A manifest whose list of that key has other elements.
fn with_list(manifest: &str, key: &str, elements: &[String]) -> Result<String> {
    let start = format!("\n{key} = [");
    let (before, after) =
        manifest.split_once(&start).ok_or_else(|| format!("the workspace has no list `{key}`"))?;
    let (_, after) = after.split_once(']').ok_or_else(|| format!("the list `{key}` has no end"))?;
    Ok(format!("{before}{start}{}]{after}", elements.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_loses_one_table() {
        let manifest =
            "[dependencies]\na = \"1\"\n[dev-dependencies]\nb = \"1\"\n[lints]\nworkspace = true\n";
        let expected = "[dependencies]\na = \"1\"\n[lints]\nworkspace = true\n";
        assert_eq!(without_table(manifest, "dev-dependencies"), expected);
    }

    #[test]
    fn a_workspace_gets_other_members() {
        let manifest =
            "[workspace]\nmembers = [\n    \"a\",\n    \"b\",\n]\ndefault-members = [\"a\"]\nexclude = []\n";
        let expected =
            "[workspace]\nmembers = [\"c\", \"d\"]\ndefault-members = [\"c\", \"d\"]\nexclude = []\n";
        assert_eq!(with_members(manifest, &["\"c\"".into(), "\"d\"".into()]).unwrap(), expected);
    }
}
