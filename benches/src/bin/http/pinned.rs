//! Programs on one processor.

use std::process::{Command, Stdio};

/// Returns a program on one processor, where the machine has several and `taskset`.
pub(crate) fn pinned(processor: &str, program: &str) -> Command {
    let mut taskset = Command::new("taskset");
    taskset.args(["-c", processor, program]);
    if can_pin(processor) { taskset } else { Command::new(program) }
}

/// Moves a process that runs, with all its threads.
pub(crate) fn pin(processor: &str, process: &str) {
    if can_pin(processor) {
        // It may have ended, which its user will notice.
        let _ = Command::new("taskset")
            .args(["-a", "-c", "-p", processor, process])
            .stdout(Stdio::null())
            .status();
    }
}

fn can_pin(processor: &str) -> bool {
    let several = std::thread::available_parallelism().is_ok_and(|count| count.get() > 1);
    let works = Command::new("taskset").args(["-c", processor, "true"]).status();
    several && works.is_ok_and(|status| status.success())
}
