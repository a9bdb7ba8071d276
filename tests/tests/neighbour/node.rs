//! The other runtime: a Node process with npm `unjwt` and h3.

use std::io::{BufRead as _, BufReader, ErrorKind};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use unjwt_tests::told;

/// A running Node; killed when dropped.
pub struct Node {
    /// Its stdin stays open as long as this process lives, and it ends when that closes.
    process: Child,
    /// A server that takes large headers.
    pub url: String,
    /// The same with Node's own limit.
    pub usual: String,
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts a service of one test with these variables, if Node is installed: see [`node`].
pub fn start_service(file: &str, variables: &[(&str, &str)]) -> Option<Node> {
    installed(start(file, variables))
}

/// Returns the Node process shared by all tests; `None` if it is not installed, in which case a message is
/// printed, and in continuous integration that is an error.
pub fn node() -> Option<&'static Node> {
    static NODE: OnceLock<Result<Node, String>> = OnceLock::new();
    installed(NODE.get_or_init(|| start("server.mjs", &[])).as_ref().map_err(Clone::clone))
}

fn installed<T>(started: Result<T, String>) -> Option<T> {
    match started {
        Ok(node) => Some(node),
        Err(missing) => {
            assert!(std::env::var_os("CI").is_none(), "{missing}");
            told!("skipped: {missing}");
            None
        }
    }
}

fn start(file: &str, variables: &[(&str, &str)]) -> Result<Node, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("neighbour");
    if !folder.join("node_modules/unjwt").is_dir() {
        return Err("the packages are not installed: run `npm ci` in tests/neighbour".to_owned());
    }
    let mut command = Command::new("node");
    command.arg(file).envs(variables.iter().copied());
    command.current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
    let process = match command.spawn() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Err("there is no `node`".to_owned()),
        spawned => spawned.unwrap(),
    };
    let mut node = Node { process, url: String::new(), usual: String::new() };
    let mut line = String::new();
    BufReader::new(node.process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let hello: Value = serde_json::from_str(&line).expect("Node starts and says where it listens");
    let text = |name: &str| hello[name].as_str().unwrap_or_default().to_owned();
    (node.url, node.usual) = (text("url"), text("usual"));
    assert!(!node.url.is_empty(), "{file} says where it listens");
    told!("neighbour: Node {} with npm unjwt at {}", text("node"), node.url);
    Ok(node)
}
