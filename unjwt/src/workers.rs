//! A few threads for slow key operations, with a short queue: password derivations never run on the async threads,
//! and when too many wait the answer is "later", not a growing backlog.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use tokio::sync::oneshot;

use crate::error::{Error, ErrorKind};

/// Jobs that may wait per thread. At a tenth of a second each, the last one starts within two seconds.
const QUEUE_PER_THREAD: usize = 16;

type Job = Box<dyn FnOnce() + Send>;

/// Runs a slow operation on a worker thread.
///
/// The operation does not start once the returned future is dropped: a client that hangs up costs nothing more.
///
/// # Errors
///
/// [`ErrorKind::Overloaded`] when the queue is full.
pub(crate) async fn run<R: Send + 'static>(
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
    match queue().try_send(job) {
        Ok(()) => result.await.map_err(|_| FAILED),
        Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(OVERLOADED),
    }
}

/// How many slow operations may be waiting before the next is refused.
fn queue() -> &'static SyncSender<Job> {
    static QUEUE: OnceLock<SyncSender<Job>> = OnceLock::new();
    QUEUE.get_or_init(|| {
        // Half of the cores at most: the other half keeps serving requests.
        let threads = thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1));
        let (sender, receiver) = sync_channel(threads * QUEUE_PER_THREAD);
        let receiver = Arc::new(Mutex::new(receiver));
        for index in 0..threads {
            let receiver = Arc::clone(&receiver);
            let spawned =
                thread::Builder::new().name(format!("unjwt-key-{index}")).spawn(move || work(&receiver));
            if let Err(error) = spawned {
                tracing::error!(%error, "cannot start a thread for password derivations");
            }
        }
        sender
    })
}

fn work(receiver: &Mutex<Receiver<Job>>) {
    loop {
        let job = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        // A panic belongs to its own request, not to the thread.
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("a key operation panicked");
        }
    }
}
