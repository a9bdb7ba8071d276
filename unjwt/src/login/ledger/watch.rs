//! Learning of ends on other machines before the next check.

use std::sync::{Arc, Weak};
use std::task::Poll;

use unjwt_store::{Changes, Key, Store as _};

use super::{Inner, Ledger, value};
use crate::login::keys;
use crate::login::record::GroupRecord;

/// The maximum number of groups that are read at once.
const BATCH: usize = 64;

impl Ledger {
    /// Begins to watch the store, once, if it can be watched. Ends with the last use of the logins.
    pub(super) fn watch(&self) {
        self.0.watching.call_once(|| {
            let Some(changes) = self.0.store.watch() else { return };
            let ledger = Arc::downgrade(&self.0);
            // Without a runtime nothing else works either, and says so.
            let _ = Self::spawn(follow(ledger, changes));
        });
    }

    async fn changed(&self, changed: Vec<Key>) {
        let mut groups = Vec::new();
        {
            let mut memory = self.memory();
            for key in changed {
                match keys::login_of(&key) {
                    Some(login) => memory.doubt(&login),
                    None => groups.push(key),
                }
            }
        }
        if !groups.is_empty()
            && let Ok(loaded) = self.load(&groups).await
        {
            let (until, now) = (self.until(), self.0.clock.now());
            for (key, entry) in groups.iter().zip(&loaded) {
                // Nothing is concluded from what is unreadable; the next check reports it.
                if let Ok(record) = GroupRecord::decode(value(entry)) {
                    self.memory().learn_epoch(*key, record.epoch, until, now);
                }
            }
        }
        self.0.ended.notify_waiters();
    }
}

async fn follow(ledger: Weak<Inner>, mut changes: Changes) {
    while let Some(first) = changes.next().await {
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Poll::Ready(Some(key)) = ready(&mut changes).await
        {
            if !batch.contains(&key) {
                batch.push(key);
            }
        }
        let Some(ledger) = ledger.upgrade().map(Ledger) else { return };
        ledger.changed(batch).await;
    }
}

/// Returns the next change, if it is there already.
async fn ready(changes: &mut Changes) -> Poll<Option<Key>> {
    std::future::poll_fn(|cx| Poll::Ready(changes.poll_next(cx))).await
}
