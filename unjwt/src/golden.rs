//! A test of a session's JSON: that a change of its struct signs nobody out.
//!
//! ```
//! # use serde::{Deserialize, Serialize};
//! # use unjwt::Session;
//! # #[derive(Clone, Serialize, Deserialize, Session)]
//! # #[session(jwe, max_age = "7D")]
//! # struct Login { user: u64, org: Option<String> }
//! # fn main() -> std::io::Result<()> {
//! # let dir = std::env::temp_dir().join(format!("unjwt-golden-{}", std::process::id()));
//! # std::fs::create_dir_all(&dir)?;
//! # std::fs::write(dir.join("Login.v1.json"), r#"[{"user":7,"org":"acme"},{"user":7,"org":null}]"#)?;
//! # let golden = &dir;
//! // In a `#[test]`, with "tests/golden" as the first argument:
//! unjwt::golden::check(golden, [Login { user: 7, org: Some("acme".into()) }, Login { user: 7, org: None }]);
//! # std::fs::remove_dir_all(dir) }
//! ```
//!
//! The first run writes `tests/golden/Login.v1.json`, which belongs in the repository. From then on the test fails with a
//! sentence that says what to write
//!
//! - if the struct no longer reads what it wrote, as after adding a required field,
//! - if its JSON has changed in another way without a new `version`,
//! - if the file of an older version is no longer read and migrated,
//! - if `readable_by` is untrue: the struct of that version does not read what this one writes.
//!
//! The order in an array does not count, since a set is written in any.
//!
//! A sample for each shape of the data makes the test worth more: one with and one without each optional member, and one
//! for each variant of an enum. `UNJWT_GOLDEN=overwrite cargo test` adds the samples of today to the file of the present
//! version; those of before stay, and the struct has to read them.

mod difference;
mod judge;

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use serde_json::Value;

use crate::Session;
use crate::session::{IssuedHere, Writable};
use crate::spec::VersionSpec;
use judge::{Finding, Golden};

/// Checks that the session's JSON is what the files in this directory say, and that those of older versions are read.
/// A relative path is one within the package that is tested.
///
/// The files are called after the struct and its version, such as `Login.v2.json`: two structs with one name need two
/// directories.
///
/// # Panics
///
/// Panics with what is wrong and what to write; also after writing the file of a version that has none yet.
#[track_caller]
#[allow(clippy::panic)] // A failed test.
pub fn check<T>(dir: impl AsRef<Path>, samples: impl IntoIterator<Item = T>)
where
    T: Session<Provenance = IssuedHere> + Writable,
{
    let samples: Vec<T> = samples.into_iter().collect();
    if let Err(message) = run(dir.as_ref(), &samples) {
        panic!("{message}");
    }
}

fn run<T: Session<Provenance = IssuedHere>>(dir: &Path, samples: &[T]) -> Result<(), String> {
    let golden = Golden::of(samples)?;
    golden.check_readable_by::<T>()?;
    let name = T::SPEC.type_name;
    for version in VersionSpec::FIRST..golden.version {
        let file = file::<T>(dir, version);
        match read(&file)? {
            Some(before) => golden.check_older::<T>(version, &before, &file.display().to_string())?,
            None if Golden::reads::<T>(version) => {
                return Err(format!(
                    "{0} is missing, although `{name}` reads version {version}\nhelp: take it out of the repository's history; or write \
                     an array of payloads of that version by hand; or write `_` in `migrate(..)` if no such session is left",
                    file.display()
                ));
            }
            None => {}
        }
    }
    let own = file::<T>(dir, golden.version);
    match read(&own)? {
        None => {
            write(&own, &golden.file(samples, &[])?)?;
            return Err(format!(
                "{0} was missing, and has been written: look at it, commit it, and run the test again",
                own.display()
            ));
        }
        Some(before) => match golden.compare::<T>(&before, &own.display().to_string()) {
            Ok(()) => {}
            Err(Finding::Acceptable(_)) if overwrites() => write(&own, &golden.file(samples, &before)?)?,
            Err(Finding::Acceptable(message) | Finding::Fatal(message)) => return Err(message),
        },
    }
    let later = file::<T>(dir, golden.version.saturating_add(1));
    if later.exists() {
        return Err(format!(
            "{} is of a later version than `{name}`, which is of version {}\nhelp: delete the file if no program of that version \
             was ever deployed; a session that one wrote is kept, and not understood",
            later.display(),
            golden.version
        ));
    }
    Ok(())
}

fn overwrites() -> bool {
    env::var_os("UNJWT_GOLDEN").is_some_and(|value| value == "overwrite")
}

fn file<T: Session>(dir: &Path, version: u32) -> PathBuf {
    dir.join(format!("{}.v{version}.json", T::SPEC.type_name))
}

/// Reads the samples of a version; `None` if there is no file.
fn read(path: &Path) -> Result<Option<Vec<Value>>, String> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{} cannot be read: {error}", path.display())),
    };
    match serde_json::from_slice(&text) {
        Ok(samples) => Ok(Some(samples)),
        Err(error) => Err(format!("{} is not a JSON array of samples: {error}", path.display())),
    }
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let failed = |error: io::Error| format!("{} cannot be written: {error}", path.display());
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).map_err(failed)?;
    }
    fs::write(path, text).map_err(failed)
}
