//! The dependencies and features that `unjwt` adds to a program.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::Value;

/// Features of common crates that change what they do for the whole program, and are not only additions to
/// it.
const CHANGES: [(&str, &[&str]); 5] = [
    ("serde_json", &["preserve_order", "arbitrary_precision", "float_roundtrip", "unbounded_depth"]),
    ("tracing", &["log", "log-always", "max_level_", "release_max_level_", "attributes"]),
    ("tokio", &["full", "rt-multi-thread", "net", "fs", "process", "signal", "test-util"]),
    ("http", &[]),
    ("axum", &["default", "tokio", "http1", "json", "form", "query", "tower-log", "tracing"]),
];

/// Crates that `unjwt` must not add to a program.
const ABSENT: [&str; 6] = ["josekit", "openssl", "openssl-sys", "openssl-src", "ring", "regex"];

struct Probe(PathBuf);

impl Drop for Probe {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A program that depends on `unjwt` with these features and on nothing else: its crates with their features.
fn crates(name: &str, features: &[&str]) -> BTreeMap<String, Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let probe = Probe(env::temp_dir().join(format!("unjwt-footprint-{}-{name}", std::process::id())));
    fs::create_dir_all(probe.0.join("src")).unwrap();
    fs::write(probe.0.join("src/main.rs"), "fn main() {}").unwrap();
    fs::copy(root.join("Cargo.lock"), probe.0.join("Cargo.lock")).unwrap();
    let manifest = format!(
        "[package]\nname = \"probe\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
         [dependencies]\nunjwt = {{ path = {:?}, default-features = false, features = {features:?} }}\n",
        root.join("unjwt"),
    );
    fs::write(probe.0.join("Cargo.toml"), manifest).unwrap();
    let host = format!("--filter-platform={}", host());
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--offline", &host])
        .current_dir(&probe.0)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: BTreeMap<_, _> = list(&metadata["packages"])
        .iter()
        .map(|package| (text(&package["id"]), text(&package["name"])))
        .collect();
    list(&metadata["resolve"]["nodes"])
        .iter()
        .map(|node| {
            (
                names[text(&node["id"])].to_owned(),
                list(&node["features"]).iter().map(|f| text(f).to_owned()).collect(),
            )
        })
        .collect()
}

fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

const FEATURES: [(&str, &[&str]); 6] = [
    ("none", &[]),
    ("axum-core", &["axum-core"]),
    ("tower", &["tower"]),
    ("axum", &["axum"]),
    ("matched-path", &["matched-path"]),
    ("default", &["default"]),
];

#[test]
fn no_feature_changes_what_another_crate_does() {
    for (name, features) in FEATURES {
        let crates = crates(&format!("changes-{name}"), features);
        for (krate, changes) in CHANGES {
            let Some(on) = crates.get(krate) else { continue };
            let changed: Vec<_> =
                on.iter().filter(|on| changes.iter().any(|change| on.starts_with(change))).collect();
            assert!(changed.is_empty(), "`{name}` turns on {changed:?} of {krate}");
        }
        assert!(crates.contains_key("serde_json") && crates.contains_key("aws-lc-rs"), "{crates:?}");
    }
}

#[test]
fn openssl_and_josekit_are_not_among_the_dependencies() {
    for (name, features) in FEATURES {
        let crates = crates(&format!("absent-{name}"), features);
        for absent in ABSENT {
            assert!(!crates.contains_key(absent), "`{name}` brings {absent}");
        }
        assert!(crates.contains_key("unjwt"));
    }
}

/// The probe sees what it looks for: the feature `josekit` brings both.
#[test]
fn the_feature_josekit_brings_them_and_says_so() {
    let crates = crates("josekit", &["josekit"]);
    assert!(
        crates.contains_key("openssl-sys") && crates["serde_json"].iter().any(|on| on == "preserve_order")
    );
    let manifest =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../unjwt/Cargo.toml")).unwrap();
    assert!(manifest.contains("turns on `serde_json/preserve_order` for the whole program"));
}
