//! Directories, keys and child processes of the tests.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use unjwt_store::{Entry, Key, Outage, Store, UnixTime};

/// A directory that is deleted in the end.
pub struct Directory(PathBuf);

impl Directory {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("unjwt-store-sqlite-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn file(&self) -> PathBuf {
        self.0.join("logins.db")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub fn key(number: u32) -> Key {
    let mut bytes = [7; Key::LEN];
    bytes.iter_mut().zip(number.to_be_bytes()).for_each(|(byte, digit)| *byte = digit);
    Key::from_bytes(bytes)
}

pub fn later() -> UnixTime {
    UnixTime::now().plus(Duration::from_secs(3600))
}

pub async fn load(store: &impl Store, number: u32) -> Result<Option<Entry>, Outage> {
    Ok(store.load(&[key(number)]).await?.pop().flatten())
}

pub async fn create(store: &impl Store, number: u32) -> Result<bool, Outage> {
    store.swap(&key(number), None, b"value", later()).await
}

/// The words of an answer that must be an outage.
pub fn outage<T>(answer: Result<T, Outage>) -> String {
    answer.err().expect("an outage").to_string()
}

/// Waits until something is so.
pub async fn until(mut is_so: impl FnMut() -> bool) {
    // A minute at least. That ends a test that would never end.
    for _ in 0..6000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came to be so");
}

/// This test binary as another process, which runs the test `child` with arguments. It is killed in the end.
pub struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

pub const ROLE: &str = "UNJWT_STORE_SQLITE_ROLE";

/// The arguments of this process, if it is a child.
pub fn role() -> Option<Vec<String>> {
    Some(std::env::var(ROLE).ok()?.split('|').map(str::to_owned).collect())
}

impl Process {
    pub fn start(role: &[&str]) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "child", "--nocapture", "--test-threads=1"]).env(ROLE, role.join("|"));
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next line that begins with this word, without it. `None` at the end.
    pub fn next(&mut self, word: &str) -> Option<String> {
        // The runner of the tests begins a line itself.
        let after = |line: String| Some(line.split_once(word)?.1.trim().to_owned());
        self.lines.by_ref().map_while(Result::ok).find_map(after)
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for the end, which must be a success.
    pub fn finish(mut self) {
        self.lines.by_ref().map_while(Result::ok).for_each(drop);
        assert!(self.child.wait().unwrap().success(), "the child failed");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
