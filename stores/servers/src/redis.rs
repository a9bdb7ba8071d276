//! Servers of Redis and Valkey, and their Sentinels.

use std::ffi::OsString;
use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::process::tell;
use crate::{Process, free_port, resp};

/// The program to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// `redis-server`.
    Redis,
    /// `valkey-server`, which Debian has since 13. On an older one its tests are skipped even where `CI` is set.
    Valkey,
}

impl Program {
    fn name(self) -> &'static str {
        match self {
            Self::Redis => "redis-server",
            Self::Valkey => "valkey-server",
        }
    }
}

/// A server that persists nothing unless its arguments say so. It ends with the value.
pub struct RedisServer {
    process: Option<Process>,
    program: Program,
    port: u16,
    folder: TempDir,
    arguments: Vec<OsString>,
}

impl RedisServer {
    /// Starts `redis-server`. `None` if it is not installed, which is printed, and fails where `CI` is set.
    pub fn start() -> Option<Self> {
        Self::start_with(Program::Redis, &[])
    }

    /// Starts a server with further arguments, such as `["--appendonly", "yes"]`. `None` as with [`start`](Self::start).
    pub fn start_with(program: Program, arguments: &[&str]) -> Option<Self> {
        Self::start_as(program, |port, _| {
            let port = port.to_string();
            let first = ["--port", &port, "--save", "", "--appendonly", "no"];
            first.iter().chain(arguments).map(OsString::from).collect()
        })
    }

    /// Starts a server that replicates another one.
    pub fn start_replica_of(primary: &Self, program: Program) -> Option<Self> {
        let replica = Self::start_with(program, &["--replicaof", &format!("127.0.0.1 {}", primary.port)])?;
        replica.wait_until(&["INFO", "replication"], "master_link_status:up");
        Some(replica)
    }

    /// Starts a Sentinel that watches a server under this name and decides alone, after two seconds.
    pub fn start_sentinel_of(primary: &Self, program: Program, name: &str) -> Option<Self> {
        let watched = primary.port;
        Self::start_as(program, |port, folder| {
            let settings = format!(
                "port {port}\nsentinel monitor {name} 127.0.0.1 {watched} 1\n\
                 sentinel down-after-milliseconds {name} 2000\nsentinel failover-timeout {name} 3000\n"
            );
            let file = folder.path().join("sentinel.conf");
            fs::write(&file, settings).unwrap();
            vec![file.into(), "--sentinel".into()]
        })
    }

    fn start_as(program: Program, arguments: impl Fn(u16, &TempDir) -> Vec<OsString>) -> Option<Self> {
        if program == Program::Valkey && !valkey_is_available() {
            return None;
        }
        // Another process may take the port first.
        for _ in 0..5 {
            let (port, folder) = (free_port(), TempDir::new().unwrap());
            let arguments = arguments(port, &folder);
            let mut server = Self { process: None, program, port, folder, arguments };
            if server.launch()? {
                return Some(server);
            }
        }
        panic!("`{}` ends as soon as it is started, five times", program.name())
    }

    /// Returns `None` if the program is not installed, and whether it answers.
    fn launch(&mut self) -> Option<bool> {
        let log = File::options().append(true).create(true).open(self.folder.path().join("log")).unwrap();
        let mut command = Command::new(self.program.name());
        command.args(&self.arguments).arg("--bind").arg("127.0.0.1").arg("--dir").arg(self.folder.path());
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut process = Process::start(&mut command)?;
        let end = Instant::now() + Duration::from_secs(30);
        while process.runs() {
            if resp::command(self.port, &[b"PING"]).is_ok_and(|reply| reply == "PONG") && process.runs() {
                self.process = Some(process);
                return Some(true);
            }
            assert!(Instant::now() < end, "the server does not answer PING: {}", self.log());
            sleep(Duration::from_millis(20));
        }
        Some(false)
    }

    /// Stops the server where it is (SIGSTOP): it keeps its connections and answers nothing.
    pub fn stop(&self) {
        self.process.as_ref().expect("the server runs").stop();
    }

    /// Lets a stopped server go on (SIGCONT).
    pub fn resume(&self) {
        self.process.as_ref().expect("the server runs").resume();
    }

    /// Kills the server (SIGKILL): it forgets what it has not persisted.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Starts the server again at its port, with the files of before, if it was killed.
    pub fn restart(&mut self) {
        self.kill();
        let end = Instant::now() + Duration::from_secs(30);
        while self.launch() != Some(true) {
            assert!(Instant::now() < end, "the server does not start again: {}", self.log());
            sleep(Duration::from_millis(100));
        }
    }

    /// Returns the port of 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns `redis://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Sends a command over a connection of its own and returns the reply. The elements of an array are lines; an
    /// error begins with `-`.
    pub fn command<W: AsRef<[u8]>>(&self, words: &[W]) -> String {
        resp::command(self.port, words).unwrap_or_else(|error| panic!("{error}: {}", self.log()))
    }

    /// Waits until the reply of a command contains a text.
    pub fn wait_until(&self, words: &[&str], contains: &str) {
        let end = Instant::now() + Duration::from_secs(120);
        loop {
            // A server that is demoted closes the connections of its clients.
            let reply = resp::command(self.port, words).unwrap_or_else(|error| error.to_string());
            if reply.contains(contains) {
                return;
            }
            assert!(Instant::now() < end, "{words:?} answers {reply}, without {contains:?}: {}", self.log());
            sleep(Duration::from_millis(50));
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

/// Prints why the tests of Valkey are skipped on a Debian that has no package of it.
fn valkey_is_available() -> bool {
    let installed = Command::new("valkey-server").arg("--version").output().is_ok();
    let system = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let older = ["VERSION_ID=\"11\"", "VERSION_ID=\"12\""];
    let older = system.contains("ID=debian") && older.iter().any(|version| system.contains(version));
    if !installed && older {
        tell("`valkey-server` is not installed, and this Debian has no package of it");
    }
    installed || !older
}
