//! A Postgres server of the machine's packages.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::Duration;

use tokio_postgres::{Client, NoTls};
use unjwt_store_servers::free_port;

/// Starts the server and waits for a line: then, or when the process of the tests has ended in whatever way, the server
/// ends, also if it is stopped. Without a line its files go, too.
const WATCHDOG: &str = r#"
folder=$1; shift
"$@" >>"$folder/log" 2>&1 </dev/null &
server=$!
echo $server
read -r line || gone=1
# A process may have ended in between.
kill -KILL $server $(cat /proc/$server/task/$server/children) 2>/dev/null
wait $server 2>/dev/null
[ -z "$gone" ] || rm -rf "$folder"
"#;

/// A server on a free port of loopback, with files of its own. It ends with the value, or with the process.
pub struct Server {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    settings: Vec<String>,
    watchdog: Mutex<Option<Watchdog>>,
}

/// A program that ends with the value, or with the process.
struct Watchdog {
    shell: Child,
    program: u32,
}

impl Watchdog {
    /// Starts a program that writes into a log in this folder.
    fn start(folder: &Path, command: &Command) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", WATCHDOG, "sh"]).arg(folder).arg(command.get_program()).args(command.get_args());
        let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { shell, program: line.trim().parse().unwrap() }
    }

    /// Kills the program, and keeps its files.
    fn kill(mut self) {
        self.shell.stdin.take().unwrap().write_all(b"kill\n").unwrap();
        self.shell.wait().unwrap();
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// PgBouncer before a server, which gives each transaction any of its connections. It ends with the value, or with the
/// process.
pub struct Pooler {
    port: u16,
    _watchdog: Watchdog,
}

impl Pooler {
    /// Starts a pooler. `None` as with [`Server::start`].
    pub fn start(server: &Server) -> Option<Self> {
        let program = Path::new("/usr/sbin/pgbouncer");
        if !program.is_file() {
            skip("PgBouncer");
            return None;
        }
        let (folder, port) = (folder(), free_port());
        let settings = format!(
            "[databases]\npostgres = host=127.0.0.1 port={} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\n\
             default_pool_size = 3\n",
            server.port
        );
        fs::write(folder.join("settings.ini"), settings).unwrap();
        let mut command = run_as_other(program);
        command.arg(folder.join("settings.ini"));
        let watchdog = Watchdog::start(&folder, &command);
        server.wait_for(port);
        Some(Self { port, _watchdog: watchdog })
    }

    pub fn url(&self) -> String {
        url(self.port)
    }
}

impl Server {
    /// Starts a server. `None` if it is not installed, which is printed, and fails where `CI` is set.
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// Starts a server with settings like `name=value`.
    pub fn start_with(settings: &[&str]) -> Option<Self> {
        let server = Self::new(settings)?;
        let data = server.data();
        let initdb = server.command("initdb", &["--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8"]);
        server.run(initdb, &["--locale=C", "-D", &data]);
        server.restart();
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
            skip("PostgreSQL");
            return None;
        };
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        Some(Self { programs, folder: folder(), port: free_port(), settings, watchdog: Mutex::default() })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self) -> String {
        url(self.port)
    }

    /// A folder that the server can read.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Connects without a store.
    pub async fn client(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await.unwrap();
        tokio::spawn(connection);
        client
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
        self.wait_for(self.port);
    }

    /// Waits until a server answers on this port.
    fn wait_for(&self, port: u16) {
        for _ in 0..600 {
            let mut ready = self.command("pg_isready", &["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
            if ready.status().unwrap().success() {
                return;
            }
            sleep(Duration::from_millis(50));
        }
        panic!("no server on port {port}:\n{}", fs::read_to_string(self.folder.join("log")).unwrap());
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

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.watchdog.lock().unwrap().take());
        let _ = fs::remove_dir_all(&self.folder);
    }
}

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

fn skip(what: &str) {
    assert!(std::env::var_os("CI").is_none(), "{what} is required here, and not installed");
    // Past libtest's capture.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what} is not installed");
}

/// A new folder, in which the server may write.
fn folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("unjwt-postgres-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let folder = std::env::temp_dir().join(name);
    fs::create_dir(&folder).unwrap();
    if let Some(user) = unprivileged() {
        let owned = Command::new("chown").arg(user).arg(&folder).status().unwrap();
        assert!(owned.success());
    }
    folder
}

/// A program that refuses to run as root.
fn run_as_other(program: &Path) -> Command {
    let Some(user) = unprivileged() else {
        return Command::new(program);
    };
    let mut command = Command::new("setpriv");
    command.args(["--reuid", user, "--regid", "nogroup", "--clear-groups"]).arg(program);
    command
}

/// The user as whom the server runs, if these tests run as root.
fn unprivileged() -> Option<&'static str> {
    let id = Command::new("id").arg("-u").output().unwrap().stdout;
    (id.trim_ascii() == b"0").then_some("nobody")
}
