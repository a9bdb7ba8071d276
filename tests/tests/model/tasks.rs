//! The tasks of a request, each polled by hand, so that all events have one order, given by the script.
//!
//! A task runs until it ends, pauses in a hook, hangs there, or waits for what only another task can do.

use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::Poll;

use super::kinds::Kind;
use super::script::Then;

/// A task that is under way.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

#[derive(Default)]
pub struct Tasks {
    waiting: Mutex<Vec<Task>>,
    moved: AtomicBool,
    paused: AtomicBool,
    hung: AtomicBool,
    /// Operations under way that wait for a thread.
    slow: AtomicUsize,
}

/// The state of a task after a poll.
enum Got {
    ToTheEnd,
    Stuck,
    Waiting,
}

impl Tasks {
    /// Runs the task as far as it gets.
    pub async fn step(&self, mut task: Task) {
        let got = poll_fn(|cx| {
            loop {
                self.moved.store(false, SeqCst);
                if task.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Got::ToTheEnd);
                }
                if self.hung.swap(false, SeqCst) {
                    return Poll::Ready(Got::Stuck);
                }
                if self.paused.swap(false, SeqCst) {
                    return Poll::Ready(Got::Waiting);
                }
                if self.slow.load(SeqCst) > 0 {
                    return Poll::Pending;
                }
                if !self.moved.load(SeqCst) {
                    return Poll::Ready(Got::Waiting);
                }
            }
        });
        match got.await {
            Got::Waiting => self.waiting.lock().unwrap().push(task),
            Got::ToTheEnd | Got::Stuck => drop(task),
        }
    }

    pub async fn start(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.step(Box::pin(tokio::task::unconstrained(task))).await;
    }

    /// Keeps the task for later.
    pub fn keep(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.waiting.lock().unwrap().push(Box::pin(tokio::task::unconstrained(task)));
    }

    pub async fn resume(&self, pick: usize, then: Then) {
        let task = {
            let mut waiting = self.waiting.lock().unwrap();
            if waiting.is_empty() {
                return;
            }
            let index = pick % waiting.len();
            waiting.remove(index)
        };
        match then {
            Then::GoesOn => self.step(task).await,
            Then::IsCutOff => drop(task),
        }
    }

    /// Lets all go on that can.
    pub async fn drain(&self) {
        for _ in 0..ROUNDS {
            let next = {
                let mut waiting = self.waiting.lock().unwrap();
                (!waiting.is_empty()).then(|| waiting.remove(0))
            };
            let Some(task) = next else { return };
            self.step(task).await;
        }
        let rest = std::mem::take(&mut *self.waiting.lock().unwrap());
        drop(rest);
    }

    /// One more turn of the same task.
    pub async fn breathe(&self) {
        self.moved.store(true, SeqCst);
        tokio::task::yield_now().await;
    }

    /// Waits to be resumed.
    pub async fn pause(&self) {
        self.paused.store(true, SeqCst);
        let mut polled = false;
        poll_fn(|_| if std::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    pub async fn hang(&self) {
        self.hung.store(true, SeqCst);
        pending().await
    }

    /// Runs what may wait for a thread.
    pub async fn slowly<F: Future>(&self, is_slow: bool, future: F) -> F::Output {
        let _slow = is_slow.then(|| Slow::begin(&self.slow));
        future.await
    }
}

/// The maximum number of times that a task may continue after the end of its request.
pub const ROUNDS: usize = 24;

/// Returns whether operations of this kind wait for a thread.
pub fn is_slow(kind: Kind) -> bool {
    kind == Kind::Vault
}

struct Slow<'a>(&'a AtomicUsize);

impl<'a> Slow<'a> {
    fn begin(slow: &'a AtomicUsize) -> Self {
        slow.fetch_add(1, SeqCst);
        Self(slow)
    }
}

impl Drop for Slow<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}
