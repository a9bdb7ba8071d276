//! The thread that has the connection.

use std::io;
use std::sync::Arc;
use std::thread;

use tokio::sync::{mpsc, oneshot};
use unjwt_store::{Entry, Key};

use crate::database::{Database, Swap};
use crate::error::{explain, is_locked, leaves_usable};
use crate::file::File;

/// The number of requests that wait for the thread. Further ones wait for a place.
pub(crate) const QUEUE: usize = 256;

/// The receiver of an answer. The caller may be gone.
type Reply<T> = oneshot::Sender<Result<T, String>>;

pub(crate) enum Request {
    Load { keys: Vec<Key>, reply: Reply<Vec<Option<Entry>>> },
    Swap { swap: Swap, reply: Reply<bool> },
}

pub(crate) struct Worker {
    file: Arc<File>,
    /// `None` after a failure, until it could be opened again.
    database: Option<Database>,
}

impl Worker {
    /// Starts the thread, which ends when no request can come any more.
    pub(crate) fn spawn(
        file: Arc<File>,
        database: Database,
        mut queue: mpsc::Receiver<Request>,
    ) -> io::Result<()> {
        let mut worker = Self { file, database: Some(database) };
        let run = move || {
            let mut requests = Vec::with_capacity(QUEUE);
            while queue.blocking_recv_many(&mut requests, QUEUE) > 0 {
                worker.answer(&mut requests);
            }
        };
        thread::Builder::new().name("unjwt-sqlite".into()).spawn(run).map(drop)
    }

    /// Answers everything that has waited.
    ///
    /// Loads come first. They need not contain a swap that has not been acknowledged, and do not wait for the disk.
    /// The swaps share a transaction, and so one wait for the disk. Each compares with what those before it wrote, and
    /// none is acknowledged before the commit.
    fn answer(&mut self, requests: &mut Vec<Request>) {
        let mut swaps = Vec::new();
        let mut replies = Vec::new();
        // What would make each further request wait in vain, too.
        let mut out = None;
        for request in requests.drain(..) {
            match request {
                Request::Load { reply, .. } if reply.is_closed() => {}
                Request::Swap { reply, .. } if reply.is_closed() => {}
                Request::Load { keys, reply } => {
                    let answer = self.run(&mut out, |database| database.load(&keys));
                    let _ = reply.send(answer);
                }
                Request::Swap { swap, reply } => {
                    swaps.push(swap);
                    replies.push(reply);
                }
            }
        }
        if swaps.is_empty() {
            return;
        }
        match self.run(&mut out, |database| database.swap(&swaps)) {
            Ok(written) => {
                for (reply, written) in replies.into_iter().zip(written) {
                    let _ = reply.send(Ok(written));
                }
            }
            Err(reason) => {
                for reply in replies {
                    let _ = reply.send(Err(reason.clone()));
                }
            }
        }
    }

    /// Runs a statement on the database that is at the path now, unless it is out already.
    fn run<T>(
        &mut self,
        out: &mut Option<String>,
        statement: impl FnOnce(&mut Database) -> rusqlite::Result<T>,
    ) -> Result<T, String> {
        if let Some(reason) = out {
            return Err(reason.clone());
        }
        let told = |reason: String| format!("the store of logins in {} does not work: {reason}", self.file);
        if self.database.as_ref().is_some_and(|database| !database.is_at(&self.file)) {
            self.database = None;
        }
        let mut database = match self.database.take() {
            Some(database) => database,
            // Never created here: a file that is missing may be on a volume that is about to return, and an empty one
            // would not know which logins have ended.
            None => Database::open(&self.file).map_err(|reason| out.insert(told(reason)).clone())?,
        };
        let result = statement(&mut database);
        if result.as_ref().err().is_none_or(leaves_usable) {
            self.database = Some(database);
        }
        result.map_err(|error| {
            let reason = told(explain(&error));
            if is_locked(&error) {
                *out = Some(reason.clone());
            }
            reason
        })
    }
}
