//! A few threads for slow key operations, with a short queue: password derivations never run on the async threads,
//! and when too many wait the answer is "later", not a growing backlog.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use tokio::sync::oneshot;

use crate::error::{Error, ErrorKind};

/// How much work may wait per thread, in milliseconds as far as its cost is known: the last job starts within a second
/// or so.
const BACKLOG_PER_THREAD: u32 = 1000;
/// Jobs that nobody waits for; what finds no room is not done.
const ASIDE: usize = 64;

type Job = Box<dyn FnOnce() + Send>;

/// Runs a slow operation on a worker thread.
///
/// `cost` is what it takes, in milliseconds, about.
///
/// The operation does not start once the returned future is dropped: a client that hangs up costs nothing more.
///
/// # Errors
///
/// [`ErrorKind::Overloaded`] when the queue is full.
pub(crate) async fn run<R: Send + 'static>(
    cost: u32,
    operation: impl FnOnce() -> R + Send + 'static,
) -> Result<R, Error> {
    const OVERLOADED: Error = Error::new(ErrorKind::Overloaded, "");
    const FAILED: Error = Error::new(ErrorKind::Crypto, "a key operation did not finish");

    let (done, result) = oneshot::channel();
    let job: Job = Box::new(move || {
        if !done.is_closed() {
            // A caller that is gone by now does not mind.
            let _ = done.send(operation());
        }
    });
    if !workers().submit(job, cost.max(1)) {
        return Err(OVERLOADED);
    }
    result.await.map_err(|_| FAILED)
}

/// Runs an operation that nobody waits for, when no other waits. False if there are too many of them.
pub(crate) fn run_aside(operation: impl FnOnce() + Send + 'static) -> bool {
    workers().submit_aside(Box::new(operation))
}

fn workers() -> &'static Workers {
    static WORKERS: OnceLock<Arc<Workers>> = OnceLock::new();
    WORKERS.get_or_init(|| {
        // Half of the cores at most: the other half keeps serving requests.
        let threads = thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1));
        let workers = Arc::new(Workers {
            limit: u32::try_from(threads).unwrap_or(1) * BACKLOG_PER_THREAD,
            ..Workers::default()
        });
        for index in 0..threads {
            let worker = Arc::clone(&workers);
            let spawned =
                thread::Builder::new().name(format!("unjwt-key-{index}")).spawn(move || worker.work());
            if let Err(error) = spawned {
                tracing::error!(%error, "cannot start a thread for password derivations");
            }
        }
        workers
    })
}

#[derive(Default)]
struct Workers {
    limit: u32,
    queue: Mutex<Queue>,
    filled: Condvar,
}

#[derive(Default)]
struct Queue {
    /// Each with its cost.
    awaited: VecDeque<(Job, u32)>,
    backlog: u32,
    aside: VecDeque<Job>,
}

impl Workers {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A job that costs more than the limit is done all the same, if nothing else waits.
    fn submit(&self, job: Job, cost: u32) -> bool {
        let mut queue = self.lock();
        let room = queue.awaited.is_empty() || queue.backlog.saturating_add(cost) <= self.limit;
        if room {
            queue.awaited.push_back((job, cost));
            queue.backlog = queue.backlog.saturating_add(cost);
            self.filled.notify_one();
        }
        room
    }

    fn submit_aside(&self, job: Job) -> bool {
        let mut queue = self.lock();
        let room = queue.aside.len() < ASIDE;
        if room {
            queue.aside.push_back(job);
            self.filled.notify_one();
        }
        room
    }

    fn next(&self) -> Job {
        let mut queue = self.lock();
        loop {
            if let Some((job, cost)) = queue.awaited.pop_front() {
                queue.backlog = queue.backlog.saturating_sub(cost);
                return job;
            }
            if let Some(job) = queue.aside.pop_front() {
                return job;
            }
            queue = self.filled.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn work(&self) {
        loop {
            // A panic belongs to its own request, not to the thread.
            if catch_unwind(AssertUnwindSafe(self.next())).is_err() {
                tracing::error!("a key operation panicked");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn what_is_awaited_comes_first_and_is_limited() {
        let workers = Workers { limit: 20, ..Workers::default() };
        let (sender, receiver) = mpsc::channel();
        let job = |name: &'static str| {
            let sender = sender.clone();
            Box::new(move || sender.send(name).unwrap()) as Job
        };
        assert!(workers.submit_aside(job("aside")));
        assert!(workers.submit(job("first"), 30), "nothing else waits");
        assert!(!workers.submit(job("refused"), 1));
        workers.next()();
        assert!(workers.submit(job("second"), 15) && workers.submit(job("third"), 5));
        assert!(!workers.submit(job("refused"), 1));
        for _ in 0..3 {
            workers.next()();
        }
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), ["first", "second", "third", "aside"]);
        for _ in 0..ASIDE {
            assert!(workers.submit_aside(job("aside")));
        }
        assert!(!workers.submit_aside(job("aside")));
    }
}
