//! A few threads for slow key operations, with a short queue: password derivations and RSA private-key
//! operations never run on the async threads, and when too many wait the answer is "later", not a growing
//! backlog.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::error::{Error, ErrorKind};
use crate::util::measure;

/// The work that may wait in each lane per thread, as far as its cost is known: the last job starts within a
/// second or so after the one that runs, or within two when both lanes are full.
const BACKLOG_PER_THREAD: Duration = Duration::from_secs(1);
/// No job counts as less: handing it over takes some time too.
const LEAST_COST: Duration = Duration::from_micros(50);
/// Jobs that nobody waits for; what finds no room is not done.
const ASIDE: usize = 64;

type Job = Box<dyn FnOnce() + Send>;

/// The purpose of an operation. The lanes take turns: strangers can fill the one with forged tokens, and
/// whoever logs in meanwhile does not wait behind them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lane {
    /// Opens a token that may be anybody's.
    Opening,
    /// Makes a token.
    Making,
}

impl Lane {
    fn name(self) -> &'static str {
        match self {
            Self::Opening => "open",
            Self::Making => "make",
        }
    }
}

/// Runs a slow operation on a worker thread.
///
/// `cost` is what it takes, about.
///
/// The operation does not start once the returned future is dropped: a client that hangs up costs nothing
/// more.
///
/// # Errors
///
/// [`ErrorKind::Overloaded`] when the lane is full.
pub(crate) async fn run<R: Send + 'static>(
    lane: Lane,
    cost: Duration,
    operation: impl FnOnce() -> R + Send + 'static,
) -> Result<R, Error> {
    const OVERLOADED: Error = Error::new(ErrorKind::Overloaded, "");
    const FAILED: Error = Error::new(ErrorKind::Crypto, "a key operation did not finish");

    let (done, result) = oneshot::channel();
    let job: Job = Box::new(move || {
        if !done.is_closed() {
            // An error means that the caller is gone.
            let _ = done.send(operation());
        }
    });
    if !workers().submit(lane, job, cost.max(LEAST_COST)) {
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
            limit: BACKLOG_PER_THREAD.saturating_mul(u32::try_from(threads).unwrap_or(1)),
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
    limit: Duration,
    queue: Mutex<Queue>,
    filled: Condvar,
}

#[derive(Default)]
struct Queue {
    opening: Waiting,
    making: Waiting,
    /// The lane whose turn it is.
    making_first: bool,
    aside: VecDeque<Job>,
}

/// One lane.
#[derive(Default)]
struct Waiting {
    /// Each with its cost.
    jobs: VecDeque<(Job, Duration)>,
    backlog: Duration,
}

impl Waiting {
    /// False if there is no room. A job that costs more than the limit is done all the same, if nothing else
    /// waits.
    fn push(&mut self, job: Job, cost: Duration, limit: Duration) -> bool {
        let backlog = self.backlog.saturating_add(cost);
        let room = self.jobs.is_empty() || backlog <= limit;
        if room {
            self.jobs.push_back((job, cost));
            self.backlog = backlog;
        }
        room
    }

    fn pop(&mut self) -> Option<Job> {
        let (job, cost) = self.jobs.pop_front()?;
        self.backlog = self.backlog.saturating_sub(cost);
        Some(job)
    }
}

impl Queue {
    fn lane(&mut self, lane: Lane) -> &mut Waiting {
        match lane {
            Lane::Opening => &mut self.opening,
            Lane::Making => &mut self.making,
        }
    }

    fn pop(&mut self) -> Option<Job> {
        let (first, second) =
            if self.making_first { (Lane::Making, Lane::Opening) } else { (Lane::Opening, Lane::Making) };
        self.making_first = !self.making_first;
        let awaited = self.lane(first).pop().or_else(|| self.lane(second).pop());
        awaited.or_else(|| self.aside.pop_front())
    }

    /// Returns the number of jobs that wait in each lane.
    fn waiting(&self) -> [(Lane, usize); 2] {
        [(Lane::Opening, self.opening.jobs.len()), (Lane::Making, self.making.jobs.len())]
    }
}

impl Workers {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn submit(&self, lane: Lane, job: Job, cost: Duration) -> bool {
        let (room, waiting) = {
            let mut queue = self.lock();
            (queue.lane(lane).push(job, cost, self.limit), queue.waiting())
        };
        tell(waiting);
        if room {
            self.filled.notify_one();
        } else {
            measure::refused(lane.name());
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
            if let Some(job) = queue.pop() {
                let waiting = queue.waiting();
                drop(queue);
                tell(waiting);
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

/// Tells how many jobs wait. Never under the lock, since what listens is not ours.
fn tell(waiting: [(Lane, usize); 2]) {
    for (lane, count) in waiting {
        measure::waits(lane.name(), count);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Workers without a thread, and jobs that tell their names.
    fn idle() -> (Workers, impl Fn(&'static str) -> Job, mpsc::Receiver<&'static str>) {
        let (sender, receiver) = mpsc::channel();
        let job = move |name| {
            let sender = sender.clone();
            Box::new(move || sender.send(name).unwrap()) as Job
        };
        (Workers { limit: MS * 20, ..Workers::default() }, job, receiver)
    }

    #[test]
    fn what_is_awaited_comes_first_and_is_limited() {
        let (workers, job, done) = idle();
        assert!(workers.submit_aside(job("aside")));
        assert!(
            workers.submit(Lane::Opening, job("first"), MS * 15)
                && workers.submit(Lane::Opening, job("second"), MS * 5)
        );
        assert!(!workers.submit(Lane::Opening, job("third"), MS));
        for _ in 0..3 {
            workers.next()();
        }
        assert_eq!(done.try_iter().collect::<Vec<_>>(), ["first", "second", "aside"]);
        for _ in 0..ASIDE {
            assert!(workers.submit_aside(job("aside")));
        }
        assert!(!workers.submit_aside(job("aside")));
    }

    #[test]
    fn a_job_beyond_the_limit_is_done_when_nothing_else_waits() {
        let (workers, job, _done) = idle();
        assert!(workers.submit(Lane::Making, job("long"), MS * 30));
        assert!(!workers.submit(Lane::Making, job("another"), MS));
        workers.next()();
        assert!(workers.submit(Lane::Making, job("another"), MS));
    }

    #[test]
    fn a_full_lane_keeps_the_other_neither_out_nor_waiting() {
        let (workers, job, done) = idle();
        let fill = |lane, name| while workers.submit(lane, job(name), MS * 10) {};
        fill(Lane::Opening, "open");
        fill(Lane::Making, "make");
        for _ in 0..3 {
            workers.next()();
            fill(Lane::Opening, "open");
        }
        let order: Vec<_> = done.try_iter().collect();
        assert_eq!(order, ["open", "make", "open"]);
    }

    #[test]
    fn what_fits_a_second_waits_and_what_is_tried_with_more_keys_fills_it_sooner() {
        let (workers, job, _done) = idle();
        let workers = Workers { limit: MS * 1000, ..workers };
        let admitted = |cost| {
            let mut count = 0;
            while workers.submit(Lane::Opening, job("forged"), cost) {
                count += 1;
            }
            while workers.lock().opening.pop().is_some() {}
            count
        };
        assert_eq!(admitted(MS * 100), 10);
        assert_eq!(admitted(MS * 400), 2);
        assert_eq!(admitted(MS * 1600), 1);
    }
}
