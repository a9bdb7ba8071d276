//! Tasks that run at the same time.

use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use super::Task;

struct Results<T> {
    finished: Vec<T>,
    running: usize,
    waker: Option<Waker>,
}

/// One runner, whose end counts even if it panics.
struct Runner<T>(Arc<Mutex<Results<T>>>);

fn lock<T>(results: &Mutex<Results<T>>) -> MutexGuard<'_, Results<T>> {
    results.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> Drop for Runner<T> {
    fn drop(&mut self) {
        let mut results = lock(&self.0);
        results.running -= 1;
        let waker = results.waker.take();
        drop(results);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Spawns the futures and returns what they return, in the order in which they finish.
pub(super) async fn race<F>(spawn: fn(Task), runners: Vec<F>) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let started = runners.len();
    let results = Arc::new(Mutex::new(Results { finished: Vec::new(), running: started, waker: None }));
    for future in runners {
        let runner = Runner(Arc::clone(&results));
        spawn(Box::pin(async move {
            let result = future.await;
            lock(&runner.0).finished.push(result);
        }));
    }
    let finished = poll_fn(|cx| {
        let mut results = lock(&results);
        if results.running == 0 {
            return Poll::Ready(std::mem::take(&mut results.finished));
        }
        results.waker = Some(cx.waker().clone());
        Poll::Pending
    })
    .await;
    assert_eq!(finished.len(), started, "the store panicked in a task; see its message above");
    finished
}
