//! A server program that runs.

use std::io::ErrorKind;
use std::process::{Child, Command};

use rustix::process::{Pid, Signal, kill_process};

/// A child that is killed when the value is dropped, also while a test panics.
pub struct Process(Child);

impl Process {
    /// Starts a program. `None` if it is not installed, which is printed, and fails where `CI` is set.
    pub fn start(command: &mut Command) -> Option<Self> {
        match command.spawn() {
            Ok(child) => Some(Self(child)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                skip(&format!("`{}` is not installed", command.get_program().display()));
                None
            }
            Err(error) => panic!("`{}` does not start: {error}", command.get_program().display()),
        }
    }

    /// Returns whether the program still runs, or is stopped.
    pub fn runs(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    /// Stops the program where it is (SIGSTOP): it keeps its connections and answers nothing.
    pub fn stop(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets a stopped program go on (SIGCONT).
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.0.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself. SIGKILL ends a stopped one, too.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Prints what a test skips, past libtest's capture, and fails where `CI` is set.
pub(crate) fn skip(why: &str) {
    assert!(std::env::var_os("CI").is_none(), "{why}, which is required here");
    tell(why);
}

pub(crate) fn tell(why: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}
