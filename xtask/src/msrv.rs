//! The oldest Rust that the published crates promise to build with.

use serde_json::Value;

use crate::Result;
use crate::command::{command, run, succeeds, system_openssl};
use crate::published::{published, selected};
use crate::workspace::Workspace;

/// Builds with that Rust where rustup has it. Elsewhere what the manifests declare is compared, and clippy's
/// `incompatible_msrv`, which the workspace turns on, is what looks at our own code.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let dependencies = declared(workspace)?;
    let members = published(workspace);
    for version in declared_by_members(workspace) {
        let toolchain = format!("+{version}");
        if !succeeds(&["cargo", &toolchain, "--version"]) {
            println!("NOT BUILT with Rust {version}, which is not installed here. Checked instead:");
            println!("- {dependencies} dependencies declare no newer one;");
            println!(
                "- clippy's `incompatible_msrv` finds no newer item of std in the crates (task `clippy`)."
            );
            continue;
        }
        let mut build = command(&["cargo", &toolchain, "check", "--locked", "--all-features"]);
        build.args(selected(&members)).arg("--target-dir").arg(workspace.target.join("msrv"));
        run(system_openssl(build.current_dir(&workspace.root)))?;
    }
    Ok(())
}

fn declared_by_members(workspace: &Workspace) -> Vec<String> {
    let versions =
        published(workspace).into_iter().filter_map(|member| member.package["rust_version"].as_str());
    let mut versions: Vec<_> = versions.map(str::to_owned).collect();
    versions.sort();
    versions.dedup();
    versions
}

/// Compares the `rust-version` of each published crate with those of all that a user of it builds, and
/// returns their number.
fn declared(workspace: &Workspace) -> Result<usize> {
    let nodes = workspace.metadata["resolve"]["nodes"].as_array().ok_or("cargo resolved nothing")?;
    let mut most = 0;
    for member in published(workspace) {
        let ours = member.package["rust_version"].as_str();
        let ours = ours.ok_or_else(|| format!("`{}` declares no `rust-version`", member.name))?;
        let mut open = vec![&member.package["id"]];
        let mut seen: Vec<&Value> = Vec::new();
        while let Some(id) = open.pop() {
            if seen.contains(&id) {
                continue;
            }
            seen.push(id);
            let dependencies = nodes.iter().find(|node| node["id"] == *id).map(|node| &node["deps"]);
            for dependency in dependencies.and_then(Value::as_array).into_iter().flatten() {
                let kinds = dependency["dep_kinds"].as_array();
                if kinds.into_iter().flatten().any(|kind| kind["kind"] != "dev") {
                    open.push(&dependency["pkg"]);
                }
            }
            let theirs = workspace.package(id).and_then(|package| package["rust_version"].as_str());
            if let Some(theirs) = theirs.filter(|theirs| parts(theirs) > parts(ours)) {
                return Err(format!("{id} needs Rust {theirs}, `{}` declares {ours}", member.name).into());
            }
        }
        most = most.max(seen.len() - 1);
    }
    Ok(most)
}

fn parts(version: &str) -> [u32; 3] {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declared_rust_version_is_enough_for_every_dependency() {
        let dependencies = declared(&Workspace::load().unwrap()).unwrap();
        assert!(dependencies > 30, "{dependencies} dependencies were found");
    }

    #[test]
    fn the_workflow_builds_with_the_declared_rust_version() {
        let workspace = Workspace::load().unwrap();
        let workflow = std::fs::read_to_string(workspace.root.join(".github/workflows/ci.yml")).unwrap();
        for version in declared_by_members(&workspace) {
            assert!(
                workflow.contains(&format!("rust: [{version:?}, stable]")),
                "Rust {version} in the matrix"
            );
        }
    }

    #[test]
    fn versions_are_compared_by_number() {
        assert!(parts("1.100") > parts("1.89.0"));
        assert!(parts("1.89") == parts("1.89.0"));
    }
}
