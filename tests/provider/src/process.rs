//! The Node process.

use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// Node has been seen to listen and to say nothing, once in some thousands of starts: another one is started then.
const STARTS: usize = 3;
/// Longer than a start takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running Node; killed when dropped. Its stdin stays open as long as this process lives, and it ends when that
/// closes.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pub(crate) url: String,
}

impl Process {
    pub(crate) fn start() -> Option<Self> {
        (0..STARTS)
            .find_map(|nth| match Self::try_start() {
                Started::Runs(process) => Some(Some(process)),
                Started::Skipped => Some(None),
                Started::Silent => {
                    eprintln!("start {nth} of the provider said nothing within {PATIENCE:?}");
                    None
                }
            })
            .expect("the provider says where it listens")
    }

    fn try_start() -> Started {
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
        let Some(line) = first_line(process.child.stdout.take().unwrap()) else { return Started::Silent };
        let hello: Value = serde_json::from_str(&line)
            .expect("the provider says where it listens; `node server.mjs` in tests/provider says why not");
        hello["url"].as_str().unwrap().clone_into(&mut process.url);
        Started::Runs(process)
    }
}

enum Started {
    Runs(Process),
    Skipped,
    Silent,
}

/// Returns the first line, unless it takes too long.
fn first_line(output: ChildStdout) -> Option<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).unwrap();
        // Nobody waits for a line that comes too late.
        let _ = sender.send(line);
    });
    receiver.recv_timeout(PATIENCE).ok()
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Prints what a test skips, past libtest's capture, and fails where `CI` is set.
fn skip(why: &str) -> Started {
    assert!(std::env::var_os("CI").is_none(), "{why}, which is required here");
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
    Started::Skipped
}
