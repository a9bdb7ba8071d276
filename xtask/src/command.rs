//! Commands, shown as they run.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Result;

/// A command from its words.
pub(crate) fn command(words: &[&str]) -> Command {
    let (program, arguments) = words.split_first().unwrap_or((&"true", &[]));
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// Runs it; another exit than 0 is a failure.
pub(crate) fn run(command: &mut Command) -> Result {
    let shown = shown(command);
    println!("$ {shown}");
    let status = command.status().map_err(|error| format!("{shown}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{shown}: {status}").into()) }
}

/// Runs it in this folder.
pub(crate) fn run_in(folder: &Path, words: &[&str]) -> Result {
    run(command(words).current_dir(folder))
}

/// Runs it and returns what it writes to its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let shown = shown(command);
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| format!("{shown}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8(output.stdout)?)
    } else {
        Err(format!("{shown}: {}", output.status).into())
    }
}

/// Returns whether it runs here and succeeds, without showing its output.
pub(crate) fn succeeds(words: &[&str]) -> bool {
    let status = command(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// The command with the machine's OpenSSL, where all features are on and one of them builds another from
/// source.
pub(crate) fn system_openssl(command: &mut Command) -> &mut Command {
    command.env("OPENSSL_NO_VENDOR", "1")
}

/// Fetches the nightly toolchain, unless it is here.
pub(crate) fn need_nightly() -> Result {
    if succeeds(&["cargo", "+nightly", "--version"]) {
        return Ok(());
    }
    run(&mut command(&["rustup", "toolchain", "install", "nightly", "--profile", "minimal"]))
}

fn shown(command: &Command) -> String {
    let variables = command.get_envs().filter_map(|(name, value)| {
        Some(format!("{}={:?}", name.to_string_lossy(), value?.to_string_lossy()))
    });
    let words = [command.get_program()].into_iter().chain(command.get_args());
    let words = words.map(OsStr::to_string_lossy).map(|word| word.into_owned());
    variables.chain(words).collect::<Vec<_>>().join(" ")
}
