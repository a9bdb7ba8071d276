//! A server of PostgreSQL from the machine's packages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::thread::sleep;
use std::time::Duration;

use crate::free_port;
use crate::process::skip;
use crate::watchdog::{Watchdog, folder, run_as_other};

/// A server on a free port of loopback, with files of its own. It ends with the value, or with the process.
pub struct PostgresServer {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    settings: Vec<String>,
    watchdog: Mutex<Option<Watchdog>>,
}

impl PostgresServer {
    /// Starts a server. `None` if it is not installed, which is printed, and fails where `CI` is set.
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// Starts a server with settings like `name=value`.
    pub fn start_with(settings: &[&str]) -> Option<Self> {
        let server = Self::new(settings)?;
        server.restart_empty();
        Some(server)
    }

    /// Starts a read-only copy of this server that follows it.
    pub fn standby(&self) -> Self {
        let standby = Self::new(&[]).unwrap();
        let data = standby.data();
        let backup =
            standby.command("pg_basebackup", &["-h", "127.0.0.1", "-U", "postgres", "-c", "fast", "-R"]);
        standby.run(backup, &["--no-sync", "-p", &self.port.to_string(), "-D", &data]);
        standby.restart();
        standby
    }

    /// Makes a standby a primary.
    pub fn promote(&self) {
        self.run(self.command("pg_ctl", &["promote", "-w"]), &["-D", &self.data()]);
    }

    fn new(settings: &[&str]) -> Option<Self> {
        let Some(programs) = programs() else {
            skip("PostgreSQL is not installed");
            return None;
        };
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        Some(Self { programs, folder: folder(), port: free_port(), settings, watchdog: Mutex::default() })
    }

    /// Returns the port of 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the server's address, without TLS.
    pub fn url(&self) -> String {
        url(self.port)
    }

    /// Returns a folder that the server can read.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Stops all processes of the server where they are (SIGSTOP): they keep their connections and answer nothing.
    pub fn stop(&self) {
        self.signal("-STOP");
    }

    /// Lets stopped processes go on (SIGCONT).
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    /// Kills all processes of the server at once (SIGKILL), as a crash does.
    pub fn kill(&self) {
        if let Some(watchdog) = self.watchdog.lock().unwrap().take() {
            watchdog.kill();
        }
    }

    /// Starts the server on the same port with the same files.
    pub fn restart(&self) {
        self.kill();
        let port = self.port.to_string();
        let mut postgres = self.command("postgres", &["-D", &self.data(), "-p", &port]);
        // Killed processes lose nothing that a disk must be waited for.
        let always =
            ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "shared_buffers=16MB"];
        for setting in always.into_iter().chain(self.settings.iter().map(String::as_str)) {
            postgres.args(["-c", setting]);
        }
        *self.watchdog.lock().unwrap() = Some(Watchdog::start(&self.folder, &postgres));
        wait_for(self, self.port);
    }

    /// Starts the server on the same port with nothing in it, not even a table.
    pub fn restart_empty(&self) {
        self.kill();
        let data = self.data();
        // Absent at the first start.
        let _ = fs::remove_dir_all(&data);
        let initdb = self.command("initdb", &["--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8"]);
        self.run(initdb, &["--locale=C", "-D", &data]);
        self.restart();
    }

    fn signal(&self, signal: &str) {
        let server = self.watchdog.lock().unwrap().as_ref().unwrap().program;
        let children = fs::read_to_string(format!("/proc/{server}/task/{server}/children")).unwrap();
        let send = |process: &str| Command::new("kill").args([signal, process]).status().unwrap().success();
        assert!(send(&server.to_string()));
        // A process of a connection may have ended since.
        for child in children.split_whitespace() {
            send(child);
        }
    }

    fn data(&self) -> String {
        self.folder.join("data").to_str().unwrap().to_owned()
    }

    /// A program of the server, which refuses to run as root.
    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = run_as_other(&self.programs.join(program));
        command.args(arguments).current_dir(&self.folder);
        command
    }

    fn run(&self, mut command: Command, arguments: &[&str]) {
        let Output { status, stderr, .. } = command.args(arguments).output().unwrap();
        assert!(status.success(), "{command:?}: {}", String::from_utf8_lossy(&stderr));
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        drop(self.watchdog.lock().unwrap().take());
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Returns the address of a server, or of a proxy before one, without TLS.
pub fn url(port: u16) -> String {
    format!("postgres://postgres:secret@127.0.0.1:{port}/postgres?sslmode=disable")
}

/// The newest version of Debian's packages, or what is in the `PATH`.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|version| {
            let number: u32 = version.file_name().to_str()?.parse().ok()?;
            Some((number, version.path().join("bin")))
        })
        .max();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut candidates = newest.map(|(_, programs)| programs).into_iter().chain(std::env::split_paths(&path));
    candidates.find(|programs| programs.join("initdb").is_file())
}

/// Waits until the server, or a pooler before it, answers on this port.
pub(crate) fn wait_for(server: &PostgresServer, port: u16) {
    for _ in 0..600 {
        let mut ready = server.command("pg_isready", &["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
        if ready.status().unwrap().success() {
            return;
        }
        sleep(Duration::from_millis(50));
    }
    let log = fs::read_to_string(server.folder.join("log")).unwrap_or_default();
    panic!("no server on port {port}:\n{log}");
}
