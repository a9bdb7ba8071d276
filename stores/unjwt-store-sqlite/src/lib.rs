#![doc = include_str!("../README.md")]

mod database;
mod error;
mod file;
mod worker;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use unjwt_store::{Entry, Key, MAX_KEYS, MAX_VALUE, Outage, Store, UnixTime, Version};

pub use error::OpenError;

use database::{Database, Swap};
use file::File;
use worker::{QUEUE, Request, Worker};

/// A store of logins in a SQLite file. Cheap to clone; the clones share one connection.
///
/// A thread of its own reads and writes the file, and ends when the last clone has been dropped. The methods work on
/// any async runtime.
#[derive(Clone)]
pub struct SqliteStore {
    requests: mpsc::Sender<Request>,
    file: Arc<File>,
}

impl SqliteStore {
    /// Opens the file, or creates it. Its directory must exist.
    ///
    /// It blocks while it reads the file, and up to two seconds if another process has locked it: call it before the
    /// service starts. On Unix, a file that is created can be read and written by its owner only.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if the file cannot be opened for reading and writing, is damaged, or belongs to another program or
    /// to a newer version of this crate.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let error = |reason: String| OpenError::new(path, reason);
        let file = Arc::new(File::new(path).map_err(|io| error(io.to_string()))?);
        file.create().map_err(|io| {
            error(match io.kind() {
                io::ErrorKind::NotFound => "its directory does not exist; create it".into(),
                _ => io.to_string(),
            })
        })?;
        let database = Database::open(&file).map_err(error)?;
        let (requests, queue) = mpsc::channel(QUEUE);
        Worker::spawn(Arc::clone(&file), database, queue)
            .map_err(|io| error(format!("cannot start its thread: {io}")))?;
        Ok(Self { requests, file })
    }

    /// Returns the path of the file, which is absolute.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Asks the thread, and waits for its answer.
    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<T, String>>) -> Request,
    ) -> Result<T, Outage> {
        let gone = || Outage::new(format!("the thread of the store in {} has ended", self.file));
        let (reply, answer) = oneshot::channel();
        self.requests.send(request(reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?.map_err(Outage::new)
    }
}

impl Store for SqliteStore {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>, Outage> {
        if keys.len() > MAX_KEYS {
            return Err(Outage::new(format!("{} keys, and one load takes at most {MAX_KEYS}", keys.len())));
        }
        self.ask(|reply| Request::Load { keys: keys.to_vec(), reply }).await
    }

    async fn swap(
        &self,
        key: &Key,
        was: Option<Version>,
        value: &[u8],
        until: UnixTime,
    ) -> Result<bool, Outage> {
        if value.len() > MAX_VALUE {
            return Err(Outage::new(format!(
                "a value of {} bytes, and at most {MAX_VALUE} are kept",
                value.len()
            )));
        }
        let swap = Swap { key: *key, was, value: value.to_vec(), until };
        self.ask(|reply| Request::Swap { swap, reply }).await
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SqliteStore({})", self.file)
    }
}
