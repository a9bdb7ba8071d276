//! Programs that a machine may lack.

use std::io::{ErrorKind, Write as _};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

/// `false`, visibly, if the program is not installed and not required.
pub fn is_installed(tool: &str) -> Result<bool> {
    let asked = Command::new(tool).arg("--version").stdout(Stdio::null()).status();
    match asked {
        Err(error) if error.kind() == ErrorKind::NotFound && std::env::var_os("CI").is_none() => {
            // Not `eprintln!`, which libtest captures.
            let _ = writeln!(std::io::stderr(), "skipped: there is no `{tool}` here");
            Ok(false)
        }
        asked => {
            ensure!(asked.with_context(|| format!("`{tool}` is required here"))?.success(), "`{tool}` fails");
            Ok(true)
        }
    }
}
