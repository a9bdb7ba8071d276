//! The commands for keys.

mod about;
mod check;
mod jwks;
mod list;
mod new;
mod retire;
mod rotate;
mod timeline;

use std::path::Path;

use unjwt::keys::RingKeys;
use unjwt::{ConfigError, Jwk, NumericDate};

use crate::args::{KeyArgs, KeysCommand};
use crate::failure::{Failure, Report};
use crate::file::{self, Existing, Lock};

pub(crate) use about::{Kind, Purpose};

pub(crate) fn run(command: KeysCommand, now: NumericDate) -> Result<Report, Failure> {
    match command {
        KeysCommand::New(args) => new::run(&args),
        KeysCommand::Rotate(args) => change(&args.file.file, |ring| rotate::run(&args, ring, now)),
        KeysCommand::Retire(args) => change(&args.file.file, |ring| retire::run(&args, ring, now)),
        KeysCommand::List(args) => Ok(list::run(&ring(&args.file.file)?, now, args.json)),
        KeysCommand::Jwks(args) => jwks::run(&ring(&args.file)?, now),
        KeysCommand::Check(args) => check::run(&args, now),
    }
}

/// A ring after a change, and what is said of it.
#[derive(Debug)]
struct Changed {
    ring: RingKeys,
    report: Report,
}

/// Reads a ring, changes it and writes it, while no other change of this program does.
fn change(
    path: &Path,
    change: impl FnOnce(&RingKeys) -> Result<Changed, Failure>,
) -> Result<Report, Failure> {
    let _lock = Lock::of(path);
    let changed = change(&ring(path)?)?;
    file::write(path, &text(&changed.ring), Existing::Change)?;
    Ok(changed.report)
}

fn ring(path: &Path) -> Result<RingKeys, Failure> {
    RingKeys::from_json(&file::read(path)?).map_err(|error| {
        Failure::File(format!(
            "{} is not a usable ring: {}: `unjwt keys check` says all that is wrong",
            path.display(),
            reason(&error)
        ))
    })
}

fn text(ring: &RingKeys) -> String {
    format!("{}\n", ring.to_json())
}

/// Returns what is wrong, without the name of the library's type.
pub(crate) fn reason(error: &ConfigError) -> String {
    match error {
        ConfigError::Key { reason, .. } | ConfigError::KeySource { reason, .. } => reason.clone(),
        other => other.to_string(),
    }
}

fn generate(alg: &str, curve: Option<&str>, args: &KeyArgs) -> Result<Jwk, Failure> {
    let jwk = match args.curve.as_deref().or(curve) {
        Some(curve) => Jwk::generate_on_curve(alg, curve),
        None => Jwk::generate(alg),
    };
    let jwk = jwk.map_err(|error| Failure::Usage(format!("no key was made: {}", reason(&error))))?;
    match args.kid.as_deref() {
        None => Ok(jwk),
        Some(kid) if kid.is_empty() || kid.chars().any(char::is_control) => Err(Failure::Usage(
            "the key's id is empty or has control characters: choose a word, like a date".into(),
        )),
        Some(kid) => Ok(jwk.with_kid(kid)),
    }
}
