//! The answer of a command: text and an exit code, or the reason why there is none.

use std::fmt;

/// The answer of a command.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The text for standard output.
    pub(crate) out: String,
    /// Sentences for standard error.
    pub(crate) notes: Vec<String>,
    /// 0 where all is well, 1 where the answer is no.
    pub(crate) code: u8,
}

impl Report {
    pub(crate) fn of(out: String) -> Self {
        Self { out, ..Self::default() }
    }
}

/// The reason why a command did not do what it was asked, in one sentence each.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The answer is no.
    No(String),
    /// The command makes no sense as it was written.
    Usage(String),
    /// A file cannot be read, written, or used.
    File(String),
}

impl Failure {
    pub(crate) const fn code(&self) -> u8 {
        match self {
            Self::No(_) => 1,
            Self::Usage(_) => 2,
            Self::File(_) => 3,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::No(text) | Self::Usage(text) | Self::File(text) => f.write_str(text),
        }
    }
}
