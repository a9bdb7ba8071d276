//! The features of a published crate, as a user may choose them.

use std::collections::BTreeSet;

use crate::Result;
use crate::command::{command, run};
use crate::published::published;
use crate::workspace::{Member, Workspace};

pub(crate) fn check(workspace: &Workspace) -> Result {
    for member in published(workspace) {
        for set in sets(&member) {
            let mut clippy = command(&["cargo", "clippy", "--locked", "-p", member.name]);
            clippy.args(["--no-default-features", "--features", &set.join(","), "--", "-D", "warnings"]);
            run(clippy.current_dir(&workspace.root))?;
        }
    }
    Ok(())
}

/// No feature, each alone, each pair and all of them, as far as they differ in what they turn on, each by its fewest names: a
/// feature that another one brings is not named beside it.
fn sets<'a>(member: &'a Member<'_>) -> Vec<Vec<&'a str>> {
    let names = member.features();
    let mut all: Vec<Vec<&str>> = vec![Vec::new()];
    all.extend(names.iter().map(|name| vec![*name]));
    let pairs = names.iter().enumerate().flat_map(|(index, one)| {
        let others = names.get(index + 1..).unwrap_or_default();
        others.iter().map(|other| vec![*one, *other])
    });
    all.extend(pairs);
    all.push(names.clone());
    let mut seen = BTreeSet::new();
    all.retain(|set| seen.insert(turned_on(member, set)));
    all
}

/// The features that are on when these are.
fn turned_on<'a>(member: &'a Member<'_>, set: &[&'a str]) -> BTreeSet<&'a str> {
    let features = &member.package["features"];
    let mut open = set.to_vec();
    let mut on = BTreeSet::new();
    while let Some(name) = open.pop() {
        if on.insert(name) {
            let brings = features[name].as_array().into_iter().flatten().filter_map(|other| other.as_str());
            open.extend(brings.filter(|other| features.get(other).is_some()));
        }
    }
    on
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_feature_that_another_brings_is_not_named_beside_it() {
        let package = json!({ "features": {
            "default": ["whole"], "whole": ["part", "other", "dep:crate"], "part": [], "other": ["crate/feature"],
        }});
        let member = Member { name: "", version: "", folder: Path::new(""), package: &package };
        let expected: [&[&str]; 5] = [&[], &["other"], &["part"], &["whole"], &["other", "part"]];
        assert_eq!(sets(&member), expected);
    }
}
