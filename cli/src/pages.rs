//! Completions for shells, and the manual.

use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::args::Cli;
use crate::failure::{Failure, Report};

pub(crate) fn completions(shell: Shell) -> Report {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "unjwt", &mut script);
    Report::of(String::from_utf8_lossy(&script).into_owned())
}

/// Returns the page of the program, or writes a page for each command into a folder.
pub(crate) fn man(dir: Option<&Path>) -> Result<Report, Failure> {
    let Some(dir) = dir else {
        let mut page = Vec::new();
        let rendered = clap_mangen::Man::new(Cli::command()).render(&mut page);
        rendered.map_err(|error| Failure::File(format!("the page cannot be written: {error}")))?;
        return Ok(Report::of(String::from_utf8_lossy(&page).into_owned()));
    };
    std::fs::create_dir_all(dir).and_then(|()| clap_mangen::generate_to(Cli::command(), dir)).map_err(
        |error| {
            Failure::File(format!(
                "the pages cannot be written into {}: {error}: name a folder that you may write to",
                dir.display()
            ))
        },
    )?;
    Ok(Report::of(format!("wrote the manual into {}\n", dir.display())))
}
