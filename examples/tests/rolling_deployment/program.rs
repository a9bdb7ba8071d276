//! The programs, and what each makes of a session.

use anyhow::Result;

use crate::support::server::{Folder, Program as Start, Server};

/// A program of `rolling-deployment`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Program {
    /// That of before there were versions.
    Before,
    V1,
    /// It reads both versions, and writes the first.
    V2WritesV1,
    V2,
    /// It says that `V1` may read what it writes.
    V2Readable,
    /// It reads the second version alone.
    V2Only,
}

/// The version of a token, as the program that wrote it states it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Version {
    First,
    Second,
    /// The second, with the word that a program of the first may read it.
    SecondReadable,
}

/// What somebody with a token is to a program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Meeting {
    /// Reads and writes are answered.
    Served,
    /// Reads are answered. A write is postponed, and the cookie is kept.
    OnlyRead,
    /// Nobody is signed in, for this request. A write is postponed, and the cookie is kept.
    Kept,
    /// Nobody is signed in.
    SignedOut,
}

impl Program {
    pub fn start(self, folder: &Folder) -> Result<Server> {
        let path = match self {
            Self::Before => env!("CARGO_BIN_EXE_rolling-deployment-before"),
            Self::V1 => env!("CARGO_BIN_EXE_rolling-deployment-v1"),
            Self::V2 | Self::V2WritesV1 => env!("CARGO_BIN_EXE_rolling-deployment-v2"),
            Self::V2Readable => env!("CARGO_BIN_EXE_rolling-deployment-v2-readable"),
            Self::V2Only => env!("CARGO_BIN_EXE_rolling-deployment-v2-only"),
        };
        let start = Start::new(path, folder).arg("0").arg("--key").arg(folder.file("key.jwk"));
        let start = if self == Self::V2WritesV1 { start.arg("--writes").arg("1") } else { start };
        start.start()
    }

    /// The version of the struct that a handler has.
    pub fn has_terms(self) -> bool {
        !matches!(self, Self::Before | Self::V1)
    }

    /// The version of a session that begins.
    pub fn writes(self) -> Version {
        match self {
            Self::Before | Self::V1 | Self::V2WritesV1 => Version::First,
            Self::V2 | Self::V2Only => Version::Second,
            Self::V2Readable => Version::SecondReadable,
        }
    }

    /// The version of a session that is written again.
    pub fn rewrites(self, before: Version) -> Version {
        match (self, before) {
            // Nothing is lost that no other program could read.
            (Self::V2WritesV1, Version::Second | Version::SecondReadable) => Version::Second,
            _ => self.writes(),
        }
    }

    /// The documentation's promise.
    pub fn meets(self, version: Version) -> Meeting {
        match (self, version) {
            (Self::V1, Version::Second) => Meeting::Kept,
            (Self::V1, Version::SecondReadable) => Meeting::OnlyRead,
            (Self::V2Only, Version::First) => Meeting::SignedOut,
            // The program of before versions too, whatever it loses.
            _ => Meeting::Served,
        }
    }
}
