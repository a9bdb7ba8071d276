//! The programs as processes.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

/// Longer than any step takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// An empty folder for one test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(test: &str) -> Result<Self> {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// The path of a file with this name.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

/// One of the programs, with its arguments.
pub struct Program {
    command: Command,
    clock_offset: PathBuf,
}

impl Program {
    /// The path is `env!("CARGO_BIN_EXE_..")`; a server is given the port 0.
    pub fn new(path: &str, folder: &Folder) -> Self {
        let clock_offset = folder.file("clock-offset");
        let mut command = Command::new(path);
        command.arg("--clock-offset").arg(&clock_offset).env("RUST_LOG", "info").env("NO_COLOR", "1");
        Self { command, clock_offset }
    }

    /// A script for Node.js.
    pub fn node(script: &Path, folder: &Folder) -> Self {
        let mut command = Command::new("node");
        command.arg(script);
        Self { command, clock_offset: folder.file("clock-offset") }
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub fn log(mut self, filter: &str) -> Self {
        self.command.env("RUST_LOG", filter);
        self
    }

    /// A server that prints its address.
    pub fn start(self) -> Result<Server> {
        let mut process = Process::spawn(self.command)?;
        let Ok(line) = process.first_line.recv_timeout(PATIENCE) else {
            process.kill();
            bail!("the server did not start: {:?}", process.wait()?);
        };
        let url =
            line.strip_prefix("open ").with_context(|| format!("unexpected: {line}"))?.trim().to_owned();
        ensure!(url.starts_with("http://127.0.0.1:") || url.starts_with("https://localhost:"), "{url}");
        Ok(Server { process, url, clock_offset: self.clock_offset })
    }

    /// A server that must refuse to start.
    pub fn start_to_fail(self) -> Result<Ended> {
        let mut process = Process::spawn(self.command)?;
        // The channel closes when the process ends without output.
        if let Ok(line) = process.first_line.recv_timeout(PATIENCE) {
            bail!("the server started: {line}");
        }
        process.wait()
    }

    /// A program that exits by itself with success; returns its output.
    pub fn run(self) -> Result<String> {
        let ended = Process::spawn(self.command)?.wait()?;
        ensure!(ended.status.success(), "{ended:?}");
        Ok(ended.stdout)
    }
}

/// A running server; killed when dropped.
pub struct Server {
    process: Process,
    pub url: String,
    clock_offset: PathBuf,
}

/// The result of a process that has ended.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Server {
    /// Puts the server's clock ahead by so many seconds.
    pub fn set_ahead(&self, seconds: u64) -> Result<()> {
        // No process reads half of it.
        let whole = self.clock_offset.with_extension("new");
        fs::write(&whole, seconds.to_string())?;
        Ok(fs::rename(whole, &self.clock_offset)?)
    }

    /// Ends it as Ctrl-C does.
    pub fn interrupt(mut self) -> Result<Ended> {
        let killed = Command::new("kill").args(["-INT", &self.process.child.id().to_string()]).status()?;
        ensure!(killed.success(), "{killed}");
        self.process.wait()
    }
}

struct Process {
    child: Child,
    first_line: Receiver<String>,
    stdout: Option<JoinHandle<String>>,
    stderr: Option<JoinHandle<String>>,
}

impl Process {
    fn spawn(mut command: Command) -> Result<Self> {
        // A pipe that stays open as long as the test runs: a script that reads it does not outlive the test.
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take();
        let stderr = child.stderr.take();
        let (send, first_line) = channel();
        let stdout = thread::spawn(move || {
            let Some(stdout) = stdout else { return String::new() };
            let mut stdout = BufReader::new(stdout);
            let mut text = String::new();
            if stdout.read_line(&mut text).is_ok_and(|read| read > 0) {
                let _ = send.send(text.clone());
            }
            text + &read_all(Some(stdout))
        });
        let stderr = thread::spawn(move || read_all(stderr));
        Ok(Self { child, first_line, stdout: Some(stdout), stderr: Some(stderr) })
    }

    fn wait(&mut self) -> Result<Ended> {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            ensure!(Instant::now() < deadline, "the process does not end");
            thread::sleep(Duration::from_millis(5));
        };
        let text = |reader: &mut Option<JoinHandle<String>>| {
            reader.take().and_then(|thread| thread.join().ok()).unwrap_or_default()
        };
        Ok(Ended { status, stdout: text(&mut self.stdout), stderr: text(&mut self.stderr) })
    }

    fn kill(&mut self) {
        // It may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn read_all(from: Option<impl Read>) -> String {
    let mut text = String::new();
    if let Some(mut from) = from {
        let _ = from.read_to_string(&mut text);
    }
    text
}
