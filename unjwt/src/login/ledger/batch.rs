//! Loads of several logins in one access to the store: while it works, those that come wait for the next.

use std::collections::VecDeque;

use tokio::sync::oneshot;
use tokio::time::timeout;
use unjwt_store::{Entry, Key, MAX_KEYS};

use super::{Ledger, NO_ANSWER, lock};
use crate::error::Error;

type Loaded = Result<Vec<Option<Entry>>, Error>;

/// The number of keys that somebody asked for, and where the records go.
type Asker = (usize, oneshot::Sender<Loaded>);

/// The checks that wait for the store.
#[derive(Default)]
pub(super) struct Batch {
    waiting: VecDeque<(Vec<Key>, oneshot::Sender<Loaded>)>,
    under_way: usize,
}

/// The number of loads under way at the same time. One alone would make each check wait for two.
const MOST_UNDER_WAY: usize = 4;

impl Ledger {
    /// Returns the records of these keys, loaded together with those of others that ask at the same time.
    pub(super) async fn load_together(&self, keys: Vec<Key>) -> Loaded {
        let (sender, loaded) = oneshot::channel();
        let is_first = {
            let mut batch = lock(&self.0.batch);
            batch.waiting.push_back((keys, sender));
            let is_first = batch.under_way < MOST_UNDER_WAY;
            batch.under_way += usize::from(is_first);
            is_first
        };
        if is_first {
            let under_way = UnderWay { ledger: self.clone(), is_counted: true };
            Self::spawn(under_way.load_waiting())?;
        }
        // One wait for those that are under way, and one for its own. While the store hangs, a queue would take longer.
        let most = self.0.timeout.saturating_mul(2);
        timeout(most, loaded).await.ok().and_then(Result::ok).unwrap_or(Err(NO_ANSWER))
    }
}

/// A task that loads for those who wait, counted until it ends.
struct UnderWay {
    ledger: Ledger,
    is_counted: bool,
}

impl UnderWay {
    async fn load_waiting(mut self) {
        while let Some((keys, askers)) = self.next_batch() {
            let loaded = self.ledger.load(&keys).await;
            let mut records = loaded.as_deref().unwrap_or_default().iter();
            for (count, asker) in askers {
                let own = match &loaded {
                    Ok(_) => Ok(records.by_ref().take(count).cloned().collect()),
                    Err(error) => Err(error.clone()),
                };
                // Who has left needs no answer.
                let _ = asker.send(own);
            }
        }
    }

    /// Takes as many of the waiting as one load can serve, or ends if there are none.
    fn next_batch(&mut self) -> Option<(Vec<Key>, Vec<Asker>)> {
        let mut batch = lock(&self.ledger.0.batch);
        let (mut keys, mut askers) = (Vec::new(), Vec::new());
        while let Some((own, _)) = batch.waiting.front()
            && (keys.is_empty() || keys.len() + own.len() <= MAX_KEYS)
            && let Some((own, asker)) = batch.waiting.pop_front()
        {
            if asker.is_closed() {
                // It has waited too long.
                continue;
            }
            askers.push((own.len(), asker));
            keys.extend(own);
        }
        if askers.is_empty() {
            // Under the same lock, so that whoever comes next begins a task of its own.
            batch.under_way -= 1;
            self.is_counted = false;
            return None;
        }
        Some((keys, askers))
    }
}

/// A task that does not end by itself is dropped with its runtime.
impl Drop for UnderWay {
    fn drop(&mut self) {
        if !self.is_counted {
            return;
        }
        let mut batch = lock(&self.ledger.0.batch);
        batch.under_way -= 1;
        // Nobody is left who would load for them.
        if batch.under_way == 0 {
            batch.waiting.clear();
        }
    }
}
