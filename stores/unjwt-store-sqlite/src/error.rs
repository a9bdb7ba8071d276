//! Errors in plain words.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// The file of a [`SqliteStore`](crate::SqliteStore) cannot be opened.
#[derive(Debug)]
pub struct OpenError {
    path: PathBuf,
    reason: String,
}

impl OpenError {
    pub(crate) fn new(path: &Path, reason: String) -> Self {
        Self { path: path.to_owned(), reason }
    }

    /// Returns the path as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot open the store of logins in {}: {}", self.path.display(), self.reason)
    }
}

impl Error for OpenError {}

/// Says what went wrong and, where it is known, what to do.
pub(crate) fn explain(error: &rusqlite::Error) -> String {
    let advice = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another program holds its lock; end that program's transaction"
        }
        Some(ErrorCode::DiskFull) => "the disk is full; free some space",
        Some(ErrorCode::DatabaseCorrupt) => {
            "the file is damaged; stop the service and restore a backup, or move the file away"
        }
        Some(ErrorCode::NotADatabase) => {
            "the file is not a SQLite database; choose another path, or move it away"
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            "the file, or its directory, must be writable for this user"
        }
        Some(ErrorCode::CannotOpen) => "the file, or one beside it, cannot be opened; check its directory",
        Some(ErrorCode::SystemIoFailure) => "the disk failed to read or write",
        _ => return error.to_string(),
    };
    format!("{advice} ({error})")
}

/// Returns whether another connection holds a lock.
pub(crate) fn is_locked(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Returns whether the connection can be used further after the error.
///
/// It can if the disk is full, and loads go on without opening the file again for each write that fails.
pub(crate) fn leaves_usable(error: &rusqlite::Error) -> bool {
    is_locked(error) || error.sqlite_error_code() == Some(ErrorCode::DiskFull)
}
