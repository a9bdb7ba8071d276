//! The events that are to come, in the order of time.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A time or a span in milliseconds.
pub type Millis = u64;

/// The events to come. Those of one millisecond happen in the order in which they were added.
pub struct Queue<E> {
    heap: BinaryHeap<Entry<E>>,
    added: u64,
}

struct Entry<E> {
    at: Millis,
    place: u64,
    event: E,
}

impl<E> Queue<E> {
    pub fn new() -> Self {
        Self { heap: BinaryHeap::new(), added: 0 }
    }

    pub fn add(&mut self, at: Millis, event: E) {
        self.added += 1;
        self.heap.push(Entry { at, place: self.added, event });
    }

    pub fn take_next(&mut self) -> Option<(Millis, E)> {
        self.heap.pop().map(|entry| (entry.at, entry.event))
    }
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E> Ord for Entry<E> {
    /// The earliest entry is the greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.place).cmp(&(self.at, self.place))
    }
}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<E> Eq for Entry<E> {}

#[cfg(test)]
mod tests {
    use super::Queue;

    #[test]
    fn events_come_by_time_and_then_as_they_were_added() {
        let mut queue = Queue::new();
        for (at, event) in [(5, 'c'), (3, 'a'), (5, 'd'), (4, 'b')] {
            queue.add(at, event);
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.take_next()).collect();
        assert_eq!(order, [(3, 'a'), (4, 'b'), (5, 'c'), (5, 'd')]);
    }
}
