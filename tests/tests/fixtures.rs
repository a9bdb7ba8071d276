//! The recorded cases of the original's behaviour, run through the real request path.
//!
//! The cases are read from `../shared/fixtures`, or from the folder in `UNJWT_FIXTURES`. A case holds, or is
//! listed in [`decisions::DECISIONS`] with the design decision by which this crate differs; then exactly that
//! difference is asserted.

use unjwt_tests::told;
mod support;

#[path = "fixtures/case.rs"]
mod case;
#[path = "fixtures/compare.rs"]
mod compare;
#[path = "fixtures/decisions.rs"]
mod decisions;
#[path = "fixtures/run.rs"]
mod run;
#[path = "fixtures/translate.rs"]
mod translate;
#[path = "fixtures/types.rs"]
mod types;

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use case::Case;
use compare::{Mismatch, compare};
use decisions::{DECISIONS, Decision, KNOWN_BUGS};
use run::Seen;
use serde_json::Value;

fn folder() -> PathBuf {
    std::env::var_os("UNJWT_FIXTURES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/fixtures"), PathBuf::from)
}

fn files(folder: &Path) -> Vec<(String, Vec<Case>)> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let cases: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), cases.into_iter().map(Case).collect())
        })
        .collect()
}

/// The result of a case.
enum Verdict {
    Holds,
    Listed(&'static str),
    Bug,
    Wrong(String),
}

fn names(pattern: &str, file: &str, feature: &str) -> bool {
    let pattern = match pattern.split_once('/') {
        Some((own, pattern)) if own == file => pattern,
        Some(_) => return false,
        None => pattern,
    };
    match pattern.strip_suffix('*') {
        Some(start) => feature.starts_with(start),
        None => feature == pattern,
    }
}

fn listed(file: &str, feature: &str) -> Option<&'static Decision> {
    DECISIONS.iter().find(|decision| decision.features.iter().any(|pattern| names(pattern, file, feature)))
}

fn judge(file: &str, case: &Case, seen: Result<Seen, String>) -> Verdict {
    if KNOWN_BUGS.iter().any(|pattern| names(pattern, file, case.feature())) {
        let still = seen.as_ref().map_or(true, |seen| !compare(case, seen).is_empty());
        return if still {
            Verdict::Bug
        } else {
            Verdict::Wrong("stands in KNOWN_BUGS and holds".to_owned())
        };
    }
    let seen = match seen {
        Ok(seen) => seen,
        Err(panic) => return Verdict::Wrong(format!("panicked: {panic}")),
    };
    let mismatches = compare(case, &seen);
    let decision = listed(file, case.feature()).filter(|decision| (decision.when)(case, &seen));
    let Some(decision) = decision else {
        return if mismatches.is_empty() { Verdict::Holds } else { Verdict::Wrong(lines(&mismatches)) };
    };
    let others = mismatches.iter().any(|mismatch| !decision.differs.contains(&mismatch.aspect));
    if mismatches.is_empty() {
        Verdict::Wrong(format!("is listed (\"{}\") and holds", decision.why))
    } else if others {
        Verdict::Wrong(format!(
            "is listed for {:?} and differs in more: {}",
            decision.differs,
            lines(&mismatches)
        ))
    } else if !(decision.ours)(case, &seen) {
        Verdict::Wrong(format!("is listed (\"{}\") and ours does not do that: {seen:?}", decision.why))
    } else {
        Verdict::Listed(decision.why)
    }
}

fn lines(mismatches: &[Mismatch]) -> String {
    mismatches.iter().map(|mismatch| format!("\n      {mismatch}")).collect()
}

/// Runs a case on its own runtime; a panic becomes its result.
fn run_alone(case: &Case) -> Result<Seen, String> {
    std::panic::catch_unwind(AssertUnwindSafe(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let limit = std::time::Duration::from_secs(60);
            tokio::time::timeout(limit, run::run(case)).await.expect("no case hangs")
        })
    }))
    .map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
    })
}

#[test]
fn every_case_holds_or_differs_by_a_decision() {
    let folder = folder();
    if !folder.is_dir() {
        assert!(std::env::var_os("CI").is_none(), "no cases in {}", folder.display());
        told!("skipped: no cases in {}", folder.display());
        return;
    }
    let mut wrong = Vec::new();
    let mut reasons = BTreeSet::new();
    for (file, cases) in files(&folder) {
        let (mut held, mut in_list, mut bugs) = (0, 0, 0);
        for case in &cases {
            match judge(&file, case, run_alone(case)) {
                Verdict::Holds => held += 1,
                Verdict::Bug => bugs += 1,
                Verdict::Listed(why) => {
                    in_list += 1;
                    reasons.insert(why);
                }
                Verdict::Wrong(why) => wrong.push(format!("  {file} {}: {why}", case.id())),
            }
        }
        let bugs = if bugs > 0 { format!(", known bugs {bugs}") } else { String::new() };
        told!("{file}: held {held}, listed {in_list}, total {}{bugs}", cases.len());
    }
    told!("listed because:");
    for why in reasons {
        told!("  {why}");
    }
    assert!(wrong.is_empty(), "{} cases are neither:\n{}", wrong.len(), wrong.join("\n"));
}
