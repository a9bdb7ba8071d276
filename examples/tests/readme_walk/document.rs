//! The content of a README: commands, and their output.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

pub struct Document {
    text: String,
    /// Those of the blocks marked `console`, in order.
    pub steps: Vec<Step>,
}

pub struct Step {
    /// The text after the prompt, including its comment.
    pub command: String,
    /// The output that the README shows below it.
    pub shown: String,
}

/// A row that says how to start a program.
#[derive(Clone, Debug)]
pub struct Row {
    pub when: String,
    pub arguments: Vec<String>,
}

impl Document {
    /// The path is relative to the repository's root.
    pub fn read(path: &str) -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("no root")?;
        let text = fs::read_to_string(root.join(path)).with_context(|| path.to_owned())?;
        let mut steps: Vec<Step> = Vec::new();
        for line in block_lines(&text, "console") {
            if let Some(command) = line.strip_prefix("$ ") {
                steps.push(Step { command: command.to_owned(), shown: String::new() });
            } else {
                let step = steps.last_mut().with_context(|| format!("{path}: no command before {line:?}"))?;
                step.shown += line;
                step.shown.push('\n');
            }
        }
        Ok(Self { text, steps })
    }

    /// The line of a `sh` block that runs this program.
    pub fn program(&self, name: &str) -> Option<&str> {
        let run = format!("--bin {name} ");
        block_lines(&self.text, "sh").find(|line| line.contains(&run))
    }

    /// The rows of a table whose last cell starts this program.
    pub fn starts_in_table(&self, program: &str) -> Vec<Row> {
        let run = format!("`cargo run --bin {program} -- ");
        let rows = self.text.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
        let starts = rows.filter_map(|(when, start)| {
            let arguments = start.strip_prefix(run.as_str())?.split_once('`')?.0;
            let arguments = arguments.split(' ').map(str::to_owned).collect();
            Some(Row { when: when.to_owned(), arguments })
        });
        starts.collect()
    }
}

/// The lines inside the fenced blocks of this language.
fn block_lines<'t>(text: &'t str, language: &str) -> impl Iterator<Item = &'t str> {
    let fence = format!("```{language}");
    let mut inside = false;
    text.lines().filter(move |line| {
        if line.starts_with("```") {
            inside = *line == fence;
            return false;
        }
        inside
    })
}
