//! Slow openings under way: one for all requests with the same token.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::Payload;
use crate::crypto::sha256;
use crate::error::Error;
use crate::token::Identity;

/// The identity of a token under one key: the SHA-256 of the whole token, and the identity of the key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Fingerprint {
    digest: [u8; 32],
    key: Identity,
}

/// The openings under way.
#[derive(Default)]
pub(crate) struct Openings(Mutex<HashMap<Fingerprint, Waiters>>);

/// One opening that several requests wait for.
type SharedOpening = OnceCell<Result<Payload, Error>>;

/// An opening under way, and the number of requests that wait for it.
#[derive(Default)]
struct Waiters {
    opening: Arc<SharedOpening>,
    waiting: usize,
}

impl Openings {
    /// Runs a slow opening, or waits for the one of the same token that is under way, so that ten concurrent
    /// requests of a page cost one key derivation.
    ///
    /// # Errors
    ///
    /// Failures that are not the token's fault, reported only to the request that ran into them.
    pub(crate) async fn run(
        &self,
        token: &str,
        key: &Identity,
        open: impl Future<Output = Result<Result<Payload, Error>, Error>>,
    ) -> Result<Result<Payload, Error>, Error> {
        let fingerprint = Fingerprint { digest: sha256(token.as_bytes()), key: *key };
        let opening = {
            let mut openings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let waiters = openings.entry(fingerprint).or_default();
            waiters.waiting += 1;
            Arc::clone(&waiters.opening)
        };
        let _guard = WaiterGuard { openings: self, fingerprint };
        opening.get_or_try_init(|| open).await.cloned()
    }
}

/// Removes the opening from the list when its last waiter leaves, answered or not. Waiters are counted under
/// the list's lock: if two left at the same time, each would still see the other in the count of the `Arc`,
/// which drops outside of the lock.
struct WaiterGuard<'a> {
    openings: &'a Openings,
    fingerprint: Fingerprint,
}

impl Drop for WaiterGuard<'_> {
    fn drop(&mut self) {
        let mut openings = self.openings.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut waiters) = openings.entry(self.fingerprint) {
            waiters.get_mut().waiting -= 1;
            if waiters.get().waiting == 0 {
                waiters.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Waker};

    use super::*;
    use crate::error::ErrorKind;

    fn key() -> Identity {
        Identity::new(|description| description.text("one"))
    }

    #[tokio::test]
    async fn one_opening_serves_all_who_wait() {
        let openings = Openings::default();
        let (key, runs) = (key(), AtomicUsize::new(0));
        let open = || {
            openings.run("token", &key, async {
                runs.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Ok(Ok(b"payload".to_vec().into()))
            })
        };
        let (one, two, three) = tokio::join!(open(), open(), open());
        for result in [one, two, three] {
            assert_eq!(&*result.unwrap().unwrap(), b"payload");
        }
        assert_eq!(runs.load(Ordering::SeqCst), 1);
        assert!(openings.0.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_request_that_leaves_hands_the_opening_over() {
        let openings = Openings::default();
        let key = key();
        let never = std::future::pending();
        let mut first = Box::pin(openings.run("token", &key, never));
        tokio::select! {
            biased;
            _ = &mut first => unreachable!(),
            () = tokio::task::yield_now() => {}
        }
        let second = openings.run("token", &key, async { Ok(Ok(b"payload".to_vec().into())) });
        let ((), second) = tokio::join!(async { drop(first) }, second);
        assert!(second.unwrap().is_ok());
        assert!(openings.0.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn an_overload_is_told_to_its_own_request() {
        const FULL: Error = Error::new(ErrorKind::Overloaded, "");
        let openings = Openings::default();
        let key = key();
        let full = openings.run("token", &key, async { Err(FULL) });
        let fine = openings.run("token", &key, async { Ok(Ok(b"payload".to_vec().into())) });
        let (full, fine) = tokio::join!(full, fine);
        assert_eq!(full.err().unwrap().kind(), ErrorKind::Overloaded);
        assert!(fine.unwrap().is_ok());
    }

    /// Two waiters that leave at the same time must not each leave the removal to the other.
    #[test]
    fn no_opening_is_left_behind_however_many_leave_at_once() {
        const THREADS: usize = 4;
        const OPENINGS: usize = 400_000;
        let openings = Openings::default();
        let key = key();
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    loop {
                        let nth = next.fetch_add(1, Ordering::Relaxed);
                        if nth >= OPENINGS {
                            break;
                        }
                        // Some are answered; others leave after the first poll.
                        let open = async {
                            if nth.is_multiple_of(3) {
                                std::future::pending::<()>().await;
                            }
                            Ok(Ok(b"payload".to_vec().into()))
                        };
                        // Two threads open each token at about the same time.
                        let token = (nth / 2).to_string();
                        let opening = std::pin::pin!(openings.run(&token, &key, open));
                        let _ = opening.poll(&mut Context::from_waker(Waker::noop()));
                    }
                });
            }
        });
        assert_eq!(openings.0.lock().unwrap().len(), 0, "of {OPENINGS}");
    }
}
