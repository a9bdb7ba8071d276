//! The crates that are published.

use crate::workspace::{Member, Workspace};

/// The members that are not `publish = false`, each after those that it depends on.
pub(crate) fn published(workspace: &Workspace) -> Vec<Member<'_>> {
    let mut left: Vec<_> = workspace.members().filter(|member| member.package["publish"].is_null()).collect();
    let mut sorted = Vec::new();
    while let Some(next) = left.iter().position(|member| !needs_one_of(member, &left)) {
        sorted.push(left.remove(next));
    }
    // A cycle, which cargo does not allow between published crates.
    sorted.extend(left);
    sorted
}

fn needs_one_of(member: &Member<'_>, others: &[Member<'_>]) -> bool {
    let dependencies = member.package["dependencies"].as_array().into_iter().flatten();
    let mut names = dependencies
        .filter(|dependency| dependency["kind"] != "dev")
        .filter_map(|dependency| dependency["name"].as_str());
    names.any(|name| others.iter().any(|other| other.name == name && other.name != member.name))
}

/// `-p name` for each.
pub(crate) fn selected<'a>(members: &[Member<'a>]) -> Vec<&'a str> {
    members.iter().flat_map(|member| ["-p", member.name]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_derives_come_before_the_library() {
        let workspace = Workspace::load().unwrap();
        let names: Vec<_> = published(&workspace).iter().map(|member| member.name).collect();
        let place = |name: &str| names.iter().position(|other| *other == name);
        assert!(place("unjwt-macros").unwrap() < place("unjwt").unwrap(), "{names:?}");
        assert!(place("unjwt").unwrap() < place("unjwt-cli").unwrap(), "{names:?}");
        assert_eq!(place("xtask"), None);
        let libraries = published(&workspace).iter().filter(|member| member.has_library()).count();
        assert_eq!(libraries, names.len() - 1, "all but the program `unjwt`");
    }
}
