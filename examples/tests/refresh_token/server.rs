//! The program as a process.

use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

/// Longer than anything takes on a busy machine.
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

    pub fn keys(&self) -> PathBuf {
        self.0.join("keys.json")
    }

    fn clock_offset(&self) -> PathBuf {
        self.0.join("clock-offset")
    }
}

/// A running server; killed when dropped.
pub struct Server {
    process: Process,
    pub url: String,
    clock_offset: PathBuf,
}

/// What a process that has ended leaves.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Server {
    pub fn start(folder: &Folder) -> Result<Self> {
        Self::start_with_log(folder, "warn")
    }

    pub fn start_with_log(folder: &Folder, log: &str) -> Result<Self> {
        let mut process = Process::spawn(folder, log)?;
        let Ok(line) = process.first_line.recv_timeout(PATIENCE) else {
            process.kill();
            bail!("the server did not start: {:?}", process.wait()?);
        };
        let url =
            line.strip_prefix("open ").with_context(|| format!("unexpected: {line}"))?.trim().to_owned();
        ensure!(url.starts_with("http://127.0.0.1:"), "{url}");
        Ok(Self { process, url, clock_offset: folder.clock_offset() })
    }

    /// Starts it where it shall refuse to.
    pub fn start_to_fail(folder: &Folder) -> Result<Ended> {
        let mut process = Process::spawn(folder, "warn")?;
        // The channel closes when the process ends without a word.
        if let Ok(line) = process.first_line.recv_timeout(PATIENCE) {
            bail!("the server started: {line}");
        }
        process.wait()
    }

    /// Puts the server's clock ahead by so many seconds.
    pub fn set_ahead(&self, seconds: u64) -> Result<()> {
        Ok(fs::write(&self.clock_offset, seconds.to_string())?)
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
    fn spawn(folder: &Folder, log: &str) -> Result<Self> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_refresh-token"))
            .arg("0")
            .arg("--keys")
            .arg(folder.keys())
            .arg("--clock-offset")
            .arg(folder.clock_offset())
            .env("RUST_LOG", log)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
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
        // It may have ended by itself.
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
