//! The file as the operating system sees it.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The path of a database.
pub(crate) struct File {
    path: PathBuf,
}

/// The identity of a file, which tells it from another that has taken its place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    #[cfg(unix)]
    device_and_inode: (u64, u64),
}

impl File {
    /// Makes the path absolute. It is then a file for SQLite too, even if it is called `:memory:`, and does not change
    /// with the working directory.
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        Ok(Self { path: std::path::absolute(path)? })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Creates an empty file, unless there is one. SQLite gives the files beside it the same permissions.
    pub(crate) fn create(&self) -> io::Result<()> {
        // Closing a file drops the locks that the process has on it, on POSIX, also those of a connection that another
        // thread has just opened.
        static CREATING: Mutex<()> = Mutex::new(());
        let _creating = CREATING.lock().unwrap_or_else(PoisonError::into_inner);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            created => created.map(drop),
        }
    }

    /// Returns which file is at the path now, without opening it.
    pub(crate) fn identity(&self) -> io::Result<Identity> {
        let metadata = fs::metadata(&self.path)?;
        if !metadata.is_file() {
            return Err(io::Error::other("not a file"));
        }
        #[cfg(unix)]
        let device_and_inode = {
            use std::os::unix::fs::MetadataExt;
            (metadata.dev(), metadata.ino())
        };
        Ok(Identity {
            #[cfg(unix)]
            device_and_inode,
        })
    }
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.display().fmt(f)
    }
}
