//! The Node process.

use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A running Node; killed when dropped. Its stdin stays open as long as this process lives, and it ends when that
/// closes.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pub(crate) url: String,
}

impl Process {
    pub(crate) fn start() -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        if !folder.join("node_modules/oidc-provider").is_dir() {
            return skip("the packages are not installed: run `npm ci --ignore-scripts` in tests/provider");
        }
        let mut command = Command::new("node");
        command.arg("server.mjs").current_dir(folder);
        // What the provider warns of, its runtime for one, is nothing that a test looks at.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let child = match command.spawn() {
            Err(error) if error.kind() == ErrorKind::NotFound => return skip("there is no `node`"),
            spawned => spawned.unwrap(),
        };
        let mut process = Self { child, url: String::new() };
        let mut line = String::new();
        BufReader::new(process.child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let hello: Value = serde_json::from_str(&line)
            .expect("the provider says where it listens; `node server.mjs` in tests/provider says why not");
        hello["url"].as_str().unwrap().clone_into(&mut process.url);
        Some(process)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Prints what a test skips, past libtest's capture, and fails where `CI` is set.
fn skip<T>(why: &str) -> Option<T> {
    assert!(std::env::var_os("CI").is_none(), "{why}, which is required here");
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
    None
}
