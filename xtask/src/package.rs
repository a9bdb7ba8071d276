//! Packages as they would be published: complete, and working where nothing of this repository is.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::Result;
use crate::command::{command, output, run, run_in};
use crate::published::{published, selected};
use crate::workspace::Workspace;

/// The files that every package has at its root.
const REQUIRED: [&str; 4] = ["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];

/// Packages the published crates, unpacks them into a folder outside of the repository and tests them there,
/// where each finds the others by path, as it will find them by name when they are published.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let members = published(workspace);
    let mut package =
        command(&["cargo", "package", "--quiet", "--offline", "--locked", "--no-verify", "--allow-dirty"]);
    package.args(selected(&members)).arg("--target-dir").arg(&workspace.target);
    // Nothing is fetched after this.
    run_in(&workspace.root, &["cargo", "fetch", "--quiet", "--locked"])?;
    run(package.current_dir(&workspace.root))?;

    let elsewhere = Elsewhere::new()?;
    let mut names = Vec::new();
    for member in &members {
        let name = format!("{}-{}", member.name, member.version);
        let archive = workspace.target.join("package").join(format!("{name}.crate"));
        // The time of unpacking is the files' own: by the archive's, cargo would take a build of last year
        // for a fresh one.
        let mut unpack = command(&["tar", "--extract", "--gzip", "--touch", "--file"]);
        run(unpack.arg(archive).arg("--directory").arg(&elsewhere.0))?;
        let folder = elsewhere.0.join(&name);
        complete(&folder).map_err(|failure| format!("{name}: {failure}"))?;
        names.push((member.name, name));
    }

    let members: Vec<_> = names.iter().map(|(_, folder)| format!("{folder:?}")).collect();
    let patches: Vec<_> =
        names.iter().map(|(name, folder)| format!("{name} = {{ path = {folder:?} }}\n")).collect();
    let profiles = profiles(&fs::read_to_string(workspace.root.join("Cargo.toml"))?);
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{}]\n\n[patch.crates-io]\n{}\n{profiles}",
        members.join(", "),
        patches.concat()
    );
    fs::write(elsewhere.0.join("Cargo.toml"), manifest)?;
    fs::copy(workspace.root.join("Cargo.lock"), elsewhere.0.join("Cargo.lock"))?;
    for (name, _) in &names {
        let mut test = command(&["cargo", "test", "--quiet", "--offline", "-p", name]);
        run(test.env("CARGO_TARGET_DIR", &workspace.target).current_dir(&elsewhere.0))?;
    }
    Ok(())
}

/// A folder that goes away with the value.
struct Elsewhere(PathBuf);

impl Elsewhere {
    fn new() -> Result<Self> {
        let folder = output(&mut command(&["mktemp", "--directory", "--tmpdir", "unjwt-packages.XXXXXX"]))?;
        Ok(Self(PathBuf::from(folder.trim_end())))
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Checks that a package has the required files, and that its sources include none that it lacks.
fn complete(folder: &Path) -> Result {
    for name in REQUIRED {
        if fs::metadata(folder.join(name)).map_or(0, |file| file.len()) == 0 {
            return Err(format!("there is no {name}, or it is empty").into());
        }
    }
    let mut wrong = Vec::new();
    for file in files(folder)? {
        if file.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let source = fs::read_to_string(&file)?;
        for included in included(&source) {
            let path = resolved(file.parent().unwrap_or(folder), included);
            if !path.starts_with(folder) || !path.is_file() {
                wrong.push(format!("\n- {} includes {included}", file.strip_prefix(folder)?.display()));
            }
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(format!("files are not in the package:{}", wrong.concat()).into())
    }
}

/// The files that a source includes by a path of its own.
fn included(source: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for opening in ["include!(", "include_str!(", "include_bytes!(", "#[path = "] {
        for (at, _) in source.match_indices(opening) {
            let rest = source.get(at + opening.len()..).unwrap_or_default().trim_start();
            found.extend(rest.strip_prefix('"').and_then(|rest| rest.split('"').next()));
        }
    }
    found
}

/// The path from this folder, without `.` and `..`.
fn resolved(folder: &Path, relative: &str) -> PathBuf {
    let mut path = folder.to_owned();
    for component in Path::new(relative).components() {
        match component {
            Component::ParentDir => drop(path.pop()),
            Component::CurDir => {}
            other => path.push(other),
        }
    }
    path
}

/// Every file below a folder; a link is what it leads to.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

/// Copies every file below a folder.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result {
    for file in files(from)? {
        let copy = to.join(file.strip_prefix(from)?);
        if let Some(parent) = copy.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(&file, copy)?;
    }
    Ok(())
}

/// The profiles of a manifest: with the same ones, dependencies that are built already serve here too.
fn profiles(manifest: &str) -> String {
    let mut within = false;
    let lines = manifest.lines().filter(|line| {
        if line.starts_with('[') {
            within = line.starts_with("[profile");
        }
        within
    });
    lines.map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_source_includes_is_found() {
        let source =
            "include_str!(\"a.md\"); #[path = \"b.rs\"] mod b; include!(concat!(env!(\"OUT_DIR\"), \"c\"));";
        assert_eq!(included(source), ["a.md", "b.rs"]);
        assert_eq!(resolved(Path::new("/package/src"), "../../other/./x"), Path::new("/other/x"));
    }

    #[test]
    fn profiles_are_copied_and_nothing_else() {
        let manifest = "[workspace]\n[profile.dev]\ndebug = false\n[patch.crates-io]\nx = \"1\"\n";
        assert_eq!(profiles(manifest), "[profile.dev]\ndebug = false\n");
    }
}
