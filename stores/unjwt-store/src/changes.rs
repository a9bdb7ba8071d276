//! Keys that changed elsewhere.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::Key;

/// Keys that change, as [`Store::watch`](crate::Store::watch) returns them.
///
/// A store makes one with [`Changes::channel`] and sends what its server tells it.
///
/// A receiver that is behind loses keys rather than memory. It ends when its store is dropped.
pub struct Changes(Arc<Channel>);

/// The sending half of [`Changes::channel`]. Never waits.
pub struct ChangeSender(Arc<Channel>);

struct Channel {
    queue: Mutex<Queue>,
    capacity: usize,
}

struct Queue {
    keys: VecDeque<Key>,
    waker: Option<Waker>,
    /// Set when either half is dropped.
    closed: bool,
}

impl Channel {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        let mut queue = self.lock();
        queue.closed = true;
        let waker = queue.waker.take();
        drop(queue);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Changes {
    /// Creates a channel that holds at most `capacity` keys that were not received yet, and drops further ones.
    pub fn channel(capacity: usize) -> (ChangeSender, Self) {
        let queue = Mutex::new(Queue { keys: VecDeque::new(), waker: None, closed: false });
        let channel = Arc::new(Channel { queue, capacity });
        (ChangeSender(Arc::clone(&channel)), Self(channel))
    }

    /// Returns the next key that changed. `None` once the sender is gone and every key has been received.
    pub async fn next(&mut self) -> Option<Key> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// Polls for the next key; see [`next`](Self::next).
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Key>> {
        let mut queue = self.0.lock();
        match queue.keys.pop_front() {
            Some(key) => Poll::Ready(Some(key)),
            None if queue.closed => Poll::Ready(None),
            None => {
                queue.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl ChangeSender {
    /// Sends a key, or drops it if the channel is full. Returns `false` once nobody receives any more.
    pub fn send(&self, key: Key) -> bool {
        let mut queue = self.0.lock();
        if queue.closed {
            return false;
        }
        if queue.keys.len() < self.0.capacity {
            queue.keys.push_back(key);
        }
        let waker = queue.waker.take();
        drop(queue);
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }

    /// Returns whether nobody receives any more.
    pub fn is_closed(&self) -> bool {
        self.0.lock().closed
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Drop for ChangeSender {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Changes(..)")
    }
}

impl fmt::Debug for ChangeSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChangeSender(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> Key {
        Key::from_bytes([n; Key::LEN])
    }

    #[tokio::test]
    async fn keys_arrive_in_order_and_then_the_end() {
        let (sender, mut changes) = Changes::channel(8);
        assert!(sender.send(key(1)) && sender.send(key(2)));
        drop(sender);
        assert_eq!(changes.next().await, Some(key(1)));
        assert_eq!(changes.next().await, Some(key(2)));
        assert_eq!(changes.next().await, None);
    }

    #[tokio::test]
    async fn a_waiting_receiver_is_woken() {
        let (sender, mut changes) = Changes::channel(8);
        let receiver = tokio::spawn(async move { changes.next().await });
        tokio::task::yield_now().await;
        assert!(sender.send(key(3)));
        assert_eq!(receiver.await.unwrap(), Some(key(3)));
        assert!(!sender.send(key(4)), "the receiver is gone");
        assert!(sender.is_closed());
    }

    #[tokio::test]
    async fn what_does_not_fit_is_dropped() {
        let (sender, mut changes) = Changes::channel(2);
        (0..9).for_each(|n| assert!(sender.send(key(n))));
        assert_eq!((changes.next().await, changes.next().await), (Some(key(0)), Some(key(1))));
        assert!(sender.send(key(9)));
        assert_eq!(changes.next().await, Some(key(9)));
    }
}
