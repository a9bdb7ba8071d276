//! Crates whose types are part of the public API: a new major version of one of them is one of ours.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use crate::Result;
use crate::command::{command, need_nightly, run, system_openssl};
use crate::published::published;
use crate::workspace::{Member, Workspace};

/// The crates whose types every crate may show.
const STANDARD: [&str; 3] = ["core", "alloc", "std"];

/// Looks at what rustdoc documents of each published library. The crates that it may show are listed in its
/// manifest, as cargo-check-external-types has it; a library without a list shows nobody's types.
pub(crate) fn check(workspace: &Workspace) -> Result {
    need_nightly()?;
    let members = published(workspace);
    let own: Vec<_> = members.iter().map(|member| member.name.replace('-', "_")).collect();
    // A program has no interface of types.
    for member in members.iter().filter(|member| member.has_library()) {
        let target = workspace.target.join("nightly");
        let mut rustdoc = command(&["cargo", "+nightly", "rustdoc", "--quiet", "--locked", "--all-features"]);
        rustdoc.args(["-p", member.name, "--lib", "--target-dir"]).arg(&target);
        rustdoc.args(["--", "-Z", "unstable-options", "--output-format", "json"]);
        run(system_openssl(rustdoc.current_dir(&workspace.root)))?;

        let file = target.join("doc").join(format!("{}.json", member.name.replace('-', "_")));
        let shown = foreign(&serde_json::from_str(&fs::read_to_string(file)?)?)?;
        let allowed = allowed(member);
        let mut wrong = Vec::new();
        for (of, paths) in &shown {
            if STANDARD.contains(&of.as_str()) || own.contains(of) {
                continue;
            }
            if !allowed.contains(of.as_str()) {
                wrong.extend(paths.iter().map(|(path, place)| format!("\n- `{path}` in {place}")));
            }
        }
        if !wrong.is_empty() {
            return Err(format!(
                "`{}` shows types of crates that its manifest does not list:{}",
                member.name,
                wrong.concat()
            )
            .into());
        }
        // What only a type without a name implements is allowed, and not documented.
        let undocumented: Vec<_> = allowed.iter().filter(|of| !shown.contains_key(**of)).collect();
        println!("`{}` shows types of {allowed:?} and of no other crate", member.name);
        if !undocumented.is_empty() {
            println!("(of {undocumented:?} none is documented)");
        }
    }
    Ok(())
}

/// The crates of `allowed_external_types = ["name::*", ..]`.
fn allowed<'a>(member: &Member<'a>) -> BTreeSet<&'a str> {
    let list = &member.package["metadata"]["cargo_check_external_types"]["allowed_external_types"];
    let patterns = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    patterns.filter_map(|pattern| pattern.strip_suffix("::*")).collect()
}

/// For each other crate, the paths of it that the documented items name, and where the first of them is.
type Foreign = BTreeMap<String, BTreeMap<String, String>>;

/// Reads rustdoc's JSON, in which private and hidden items are left out.
fn foreign(documentation: &Value) -> Result<Foreign> {
    let items = documentation["index"].as_object().ok_or("rustdoc's JSON has no index")?;
    let mut found = Foreign::new();
    for item in items.values().filter(|item| item["crate_id"] == 0) {
        // What the compiler implements for every type is nobody's choice.
        let written = &item["inner"]["impl"];
        if !written["blanket_impl"].is_null() || written["is_synthetic"] == true {
            continue;
        }
        walk(&item["inner"], &mut |id| {
            let Some(path) = documentation["paths"].get(id.to_string()) else { return };
            let of = &documentation["external_crates"][path["crate_id"].to_string()]["name"];
            if let Some(of) = of.as_str() {
                let segments = path["path"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let full = segments.collect::<Vec<_>>().join("::");
                found.entry(of.to_owned()).or_default().entry(full).or_insert_with(|| place(item));
            }
        });
    }
    Ok(found)
}

/// Calls back for every item that a signature names: for each object with a path or a source, and an `id`.
fn walk(value: &Value, named: &mut impl FnMut(&Value)) {
    match value {
        Value::Object(object) => {
            if let Some(id) = object.get("id")
                && (object.contains_key("path") || object.contains_key("source"))
            {
                named(id);
            }
            object.values().for_each(|value| walk(value, named));
        }
        Value::Array(values) => values.iter().for_each(|value| walk(value, named)),
        _ => {}
    }
}

fn place(item: &Value) -> String {
    let span = &item["span"];
    let file = span["filename"].as_str().unwrap_or("an expansion");
    format!("{file}:{}", span["begin"][0])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_of_other_crates_are_found_and_blanket_impls_passed_over() {
        let theirs = json!({ "resolved_path": { "path": "Value", "id": 7, "args": null } });
        let documentation = json!({
            "index": {
                "1": {
                    "crate_id": 0,
                    "span": { "filename": "src/lib.rs", "begin": [3, 1] },
                    "inner": { "function": { "sig": { "inputs": [["value", theirs]], "output": null } } },
                },
                "2": {
                    "crate_id": 0,
                    "inner": { "impl": { "blanket_impl": { "generic": "T" }, "trait": { "path": "Any", "id": 8 } } },
                },
            },
            "paths": {
                "7": { "crate_id": 20, "path": ["serde_json", "value", "Value"] },
                "8": { "crate_id": 21, "path": ["other", "Any"] },
            },
            "external_crates": { "20": { "name": "serde_json" }, "21": { "name": "other" } },
        });
        let found = foreign(&documentation).unwrap();
        let expected = ("serde_json::value::Value".to_owned(), "src/lib.rs:3".to_owned());
        assert_eq!(found, Foreign::from([("serde_json".to_owned(), BTreeMap::from([expected]))]));
    }
}
