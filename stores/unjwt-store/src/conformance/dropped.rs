//! Futures that are dropped before they finish.

use std::time::Duration;

use super::quotes::DROPPED;
use super::suite::{Suite, broken, later, random_key};
use super::timer::{polled, within};
use crate::{Key, Store};

/// A swap that is dropped leaves the record as before or as it should become, and does not disturb the next one.
pub async fn a_dropped_swap_is_atomic<S: Store>(suite: &Suite<S>) {
    let key = random_key();
    let mut before = vec![0; 3000];
    suite.create(&key, &before, later()).await;
    // Several times at each step, so that a connection which is lost each time is missed at the end.
    for round in 1..=60_u8 {
        let was = suite.present(&key).await.version;
        let dropped = vec![round; 4000];
        let swap = suite.store.swap(&key, Some(was), &dropped, later());
        match round % 6 {
            step @ 0..4 => drop(polled_briefly(step.into(), swap).await),
            step => drop(within(Duration::from_micros(u64::from(step - 3) * 300), swap).await),
        }
        let next = vec![round | 0x80; 3000];
        settles(suite, &key, &before, &dropped, &next).await;
        before = next;
    }
}

/// Drops a future after a number of polls, even if nothing wakes it for that many.
async fn polled_briefly<T>(times: usize, future: impl Future<Output = T>) -> Option<T> {
    within(Duration::from_millis(20), polled(times, future)).await.flatten()
}

/// Writes what comes next. Only the dropped swap may come first, and it may do so late.
async fn settles<S: Store>(suite: &Suite<S>, key: &Key, before: &[u8], dropped: &[u8], next: &[u8]) {
    for _ in 0..2 {
        let entry = suite.present(key).await;
        if entry.value != before && entry.value != dropped {
            broken(DROPPED, "the record has a value that is neither");
        }
        if suite.swap(key, Some(entry.version), next, later()).await {
            if suite.present(key).await.value == next {
                return;
            }
            broken(DROPPED, "the dropped swap replaced what was written after it");
        }
    }
    broken(DROPPED, "after a dropped swap, a swap with the present version returned `false` twice");
}
