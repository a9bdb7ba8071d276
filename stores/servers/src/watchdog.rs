//! Programs of PostgreSQL, which refuse to run as root and start processes of their own.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

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

/// A program that ends with the value, or with the process.
pub(crate) struct Watchdog {
    shell: Child,
    /// The program's process.
    pub(crate) program: u32,
}

impl Watchdog {
    /// Starts a program that writes into a log in this folder.
    pub(crate) fn start(folder: &Path, command: &Command) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", WATCHDOG, "sh"]).arg(folder).arg(command.get_program()).args(command.get_args());
        let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { shell, program: line.trim().parse().unwrap() }
    }

    /// Kills the program, and keeps its files.
    pub(crate) fn kill(mut self) {
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

/// Returns a new folder, in which the program may write.
pub(crate) fn folder() -> PathBuf {
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

/// Returns the command for a program that refuses to run as root.
pub(crate) fn run_as_other(program: &Path) -> Command {
    let Some(user) = unprivileged() else {
        return Command::new(program);
    };
    let mut command = Command::new("setpriv");
    command.args(["--reuid", user, "--regid", "nogroup", "--clear-groups"]).arg(program);
    command
}

/// The user as whom the program runs, if these tests run as root.
fn unprivileged() -> Option<&'static str> {
    let id = Command::new("id").arg("-u").output().unwrap().stdout;
    (id.trim_ascii() == b"0").then_some("nobody")
}
