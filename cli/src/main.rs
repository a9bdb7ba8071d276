//! The program `unjwt`: keys over time, and what is in a token.

mod args;
mod date;
mod duration;
mod failure;
mod file;
mod inspect;
mod json;
mod keys;
mod pages;
mod terminal;

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::SystemTime;

use clap::Parser as _;
use unjwt::NumericDate;

use args::{Cli, Command};
use failure::{Failure, Report};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Nothing is left to tell it to where the terminal is gone.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let result =
        now().and_then(|now| run(cli.command, now)).and_then(|report| write(&report).map(|()| report.code));
    match result {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            say(&format!("unjwt: {failure}"));
            ExitCode::from(failure.code())
        }
    }
}

/// Returns the clock's time, or the one that the transcripts of the tests stand still at.
fn now() -> Result<NumericDate, Failure> {
    let Ok(seconds) = std::env::var("UNJWT_NOW") else { return Ok(SystemTime::now().into()) };
    let seconds = seconds.parse().map(NumericDate::from_secs);
    seconds.map_err(|_| Failure::Usage("UNJWT_NOW is not a number of seconds: remove the variable".into()))
}

fn run(command: Command, now: NumericDate) -> Result<Report, Failure> {
    match command {
        Command::Keys { command } => keys::run(command, now),
        Command::Inspect(args) => inspect::run(&args, now),
        Command::Completions { shell } => Ok(pages::completions(shell)),
        Command::Man { dir } => pages::man(dir.as_deref()),
    }
}

/// Writes the answer; a reader that has seen enough, as `head` has, is not a failure.
fn write(report: &Report) -> Result<(), Failure> {
    for note in &report.notes {
        say(&format!("unjwt: {note}"));
    }
    let mut out = io::stdout().lock();
    match out.write_all(report.out.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::File(format!("the answer cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

fn say(line: &str) {
    // Where standard error is closed, the exit code is what is left.
    let _ = writeln!(io::stderr().lock(), "{}", terminal::printable(line));
}
