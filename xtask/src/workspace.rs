//! The workspace as cargo describes it.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Result;
use crate::command::{command, output};

pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// The build folder.
    pub(crate) target: PathBuf,
    /// `cargo metadata`, all features on.
    pub(crate) metadata: Value,
}

/// A member of the workspace.
pub(crate) struct Member<'a> {
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
    /// The folder of its manifest.
    pub(crate) folder: &'a Path,
    pub(crate) package: &'a Value,
}

impl Workspace {
    pub(crate) fn load() -> Result<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut metadata =
            command(&["cargo", "metadata", "--format-version=1", "--locked", "--all-features"]);
        let metadata: Value = serde_json::from_str(&output(metadata.current_dir(here))?)?;
        let path = |name: &str| metadata[name].as_str().map(PathBuf::from).ok_or("cargo names no folder");
        Ok(Self { root: path("workspace_root")?, target: path("target_directory")?, metadata })
    }

    pub(crate) fn packages(&self) -> impl Iterator<Item = &Value> {
        self.metadata["packages"].as_array().into_iter().flatten()
    }

    pub(crate) fn package(&self, id: &Value) -> Option<&Value> {
        self.packages().find(|package| package["id"] == *id)
    }

    /// The members of the workspace that have this name or another.
    pub(crate) fn members(&self) -> impl Iterator<Item = Member<'_>> {
        let ids = self.metadata["workspace_members"].as_array();
        let packages = ids.into_iter().flatten().filter_map(|id| self.package(id));
        packages.filter_map(|package| {
            Some(Member {
                name: package["name"].as_str()?,
                version: package["version"].as_str()?,
                folder: Path::new(package["manifest_path"].as_str()?).parent()?,
                package,
            })
        })
    }

    pub(crate) fn member(&self, name: &str) -> Result<Member<'_>> {
        let found = self.members().find(|member| member.name == name);
        Ok(found.ok_or_else(|| format!("there is no `{name}` in the workspace"))?)
    }
}

impl Member<'_> {
    /// Whether it is a library; a program has no documentation of types.
    pub(crate) fn has_library(&self) -> bool {
        let targets = self.package["targets"].as_array().into_iter().flatten();
        let mut kinds = targets.filter_map(|target| target["kind"].as_array()).flatten();
        kinds.any(|kind| kind == "lib" || kind == "proc-macro")
    }

    /// The names of its features, but for `default`.
    pub(crate) fn features(&self) -> Vec<&str> {
        let features = self.package["features"].as_object().into_iter().flatten();
        let mut names: Vec<_> =
            features.map(|(name, _)| name.as_str()).filter(|name| *name != "default").collect();
        // serde_json keeps the order of the document where some crate of the build turns that on.
        names.sort_unstable();
        names
    }
}
