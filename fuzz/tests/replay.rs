//! Every seed and every input that once failed, through its target, without a fuzzer.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use unjwt_fuzz::TARGETS;
use unjwt_fuzz::material::path;

fn inputs(folder: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(path(folder)) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().path()).filter(|file| file.is_file()).collect()
}

#[test]
fn inputs_pass() {
    for (target, run) in TARGETS {
        let seeds = inputs(&format!("seeds/{target}"));
        assert!(!seeds.is_empty(), "{target} has no seeds");
        for file in seeds.into_iter().chain(inputs(&format!("regressions/{target}"))) {
            let data = fs::read(&file).unwrap();
            // Libtest shows this for an input that panics.
            println!("{}", file.display());
            run(&data);
        }
    }
}

#[test]
fn every_folder_is_a_targets() {
    let known: BTreeSet<_> = TARGETS.iter().map(|(target, _)| target.to_string()).collect();
    for folder in ["seeds", "regressions"] {
        let Ok(entries) = fs::read_dir(path(folder)) else { continue };
        for entry in entries {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(known.contains(&name), "{folder}/{name}");
        }
    }
}
