//! Writing to the store what this process knows, until the store has it.

use std::collections::HashSet;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::sleep;
use unjwt_store::{Entry, Key, MAX_KEYS};

use super::{ATTEMPTS, CONTENDED, Ledger, NO_ANSWER, lock, value, version};
use crate::clock::NumericDate;
use crate::crypto::random_id;
use crate::error::{Error, ErrorKind};
use crate::login::epochs;
use crate::login::id::LoginId;
use crate::login::keys;
use crate::login::record::{ENDED, GroupRecord, is_ended};
use crate::login::revocation::{Epoch, Exception};

/// The writes that are repeated until the store has them.
#[derive(Default)]
pub(super) struct Unwritten {
    logins: HashSet<LoginId>,
    restored: HashSet<Key>,
    /// The ends of groups, of which several may concern one group.
    groups: usize,
}

#[cfg(test)]
impl Unwritten {
    pub(super) fn is_empty(&self) -> bool {
        self.logins.is_empty() && self.restored.is_empty() && self.groups == 0
    }
}

/// The maximum number of writes that are repeated in the background.
const MOST_UNWRITTEN: usize = 1 << 16;

/// The milliseconds by which the clock of another machine, which ended the group before, may be ahead.
const SKEW: u64 = 60_000;

/// The pause between two groups that are written back.
const RESTORE_PAUSE: Duration = Duration::from_millis(1);

/// The binary logarithm of the longest pause in milliseconds between two attempts to change a record.
const LONGEST_BACK_OFF: usize = 5;

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

const TOO_MANY: Error = Error::new(
    ErrorKind::Unavailable,
    "the store of logins is out, and as many ends as this process keeps are waiting for it",
);

/// A write that is repeated until the store has it.
pub(super) enum Write {
    End(LoginId),
    EndAll(EndAll),
    /// The epoch of a group that the store has forgotten.
    Restore(Key),
}

/// The end of all logins of a group.
pub(super) struct EndAll {
    key: Key,
    except: Option<Exception>,
    /// The epoch that this process uses while the store is out. Logins that begin under it here stay.
    provisional: Option<u64>,
    /// The epoch to write, once the group's own is known.
    target: Option<u64>,
}

impl EndAll {
    pub(super) const fn new(key: Key, except: Option<Exception>) -> Self {
        Self { key, except, provisional: None, target: None }
    }
}

/// The result of the first attempt of a write, once it is known.
pub(super) type FirstAttempt = oneshot::Receiver<Result<(), Error>>;

/// Waits for the first attempt of a write.
pub(super) async fn first_attempt(write: Result<FirstAttempt, Error>) -> Result<(), Error> {
    write?.await.unwrap_or(Err(NO_ANSWER))
}

/// The place where a write that failed is repeated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waits {
    Here,
    /// Another task repeats the same one.
    Elsewhere,
    NoRoom,
}

impl Ledger {
    /// Begins a task that writes to the store until it succeeds or every token concerned has expired, and returns
    /// the result of its first attempt. Independent of the caller, who may be cancelled.
    pub(super) fn begin_writing(&self, mut write: Write) -> Result<FirstAttempt, Error> {
        let (sender, first) = oneshot::channel();
        let (ledger, until) = (self.clone(), self.until());
        Self::spawn(async move {
            let mut result = ledger.attempt(&mut write, until).await;
            let waits = result.is_err().then(|| ledger.register(&write));
            if result.is_err()
                && let Write::EndAll(end) = &mut write
            {
                ledger.end_all_here(end);
            }
            if waits == Some(Waits::NoRoom) {
                tracing::error!(
                    session = ledger.0.type_name,
                    "the end of a login is not written: too many wait"
                );
                result = Err(TOO_MANY);
            }
            let _ = sender.send(result);
            if waits == Some(Waits::Here) {
                ledger.repeat(write, until).await;
            }
        })?;
        Ok(first)
    }

    async fn repeat(&self, mut write: Write, until: NumericDate) {
        let mut pause = FIRST_PAUSE;
        while self.0.clock.now() < until {
            sleep(pause).await;
            if self.attempt(&mut write, until).await.is_ok() {
                tracing::info!(
                    session = self.0.type_name,
                    "an end that was waiting for the store of logins is written"
                );
                break;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        let mut unwritten = lock(&self.0.unwritten);
        match write {
            Write::End(id) => drop(unwritten.logins.remove(&id)),
            Write::EndAll(_) => unwritten.groups -= 1,
            Write::Restore(key) => drop(unwritten.restored.remove(&key)),
        }
    }

    /// Records a write that is to be repeated.
    fn register(&self, write: &Write) -> Waits {
        let mut unwritten = lock(&self.0.unwritten);
        if unwritten.logins.len() + unwritten.restored.len() + unwritten.groups >= MOST_UNWRITTEN {
            return Waits::NoRoom;
        }
        let is_new = match write {
            Write::End(id) => unwritten.logins.insert(*id),
            Write::EndAll(_) => {
                unwritten.groups += 1;
                true
            }
            Write::Restore(key) => unwritten.restored.insert(*key),
        };
        if is_new { Waits::Here } else { Waits::Elsewhere }
    }

    /// Writes once.
    async fn attempt(&self, write: &mut Write, until: NumericDate) -> Result<(), Error> {
        match write {
            Write::End(id) => self.attempt_end(*id, until).await,
            Write::EndAll(end) => self.attempt_end_all(end, until).await,
            Write::Restore(key) => self.restore(*key, until).await,
        }
    }

    /// Ends the logins of a group in this process, while the store does not know.
    fn end_all_here(&self, end: &mut EndAll) {
        let known = self.memory().epoch(&end.key);
        let epoch = end
            .target
            .unwrap_or_else(|| epochs::next(known.epoch, self.0.clock.now_ms().saturating_add(SKEW)));
        end.provisional = Some(epoch);
        self.learn_epoch(end.key, known.raised(epoch, end.except));
    }

    async fn attempt_end(&self, id: LoginId, until: NumericDate) -> Result<(), Error> {
        let key = keys::of_login(&id);
        // A login that lives has no record, so this is all in most cases.
        let mut was = None;
        for _ in 0..ATTEMPTS {
            if self.swap(&key, was, ENDED, until).await? {
                return Ok(());
            }
            let entry = self.load_one(key).await?;
            // Unreadable is not ended: it is overwritten, since an end is final whatever else is known.
            if is_ended(value(&entry)).unwrap_or(false) {
                return Ok(());
            }
            was = version(&entry);
        }
        Err(CONTENDED)
    }

    async fn attempt_end_all(&self, end: &mut EndAll, until: NumericDate) -> Result<(), Error> {
        let EndAll { key, except, provisional, target } = end;
        let mut written = Epoch::default();
        self.change_group(*key, until, |record| {
            let stored = record.epoch;
            let epoch = match *target {
                // An earlier attempt may have succeeded without an answer; or a later end includes this one, unless
                // it excepts another login.
                Some(target) if stored.epoch >= target => {
                    if stored.except.is_none() || stored.except == *except {
                        written = stored;
                        return None;
                    }
                    epochs::next(stored.epoch, self.0.clock.now_ms())
                }
                Some(target) => target,
                None => match *provisional {
                    Some(provisional) if provisional > stored.epoch => provisional,
                    _ => {
                        let known = self.memory().epoch(key).epoch.max(stored.epoch);
                        epochs::next(known, self.0.clock.now_ms())
                    }
                },
            };
            *target = Some(epoch);
            written = stored.raised(epoch, *except);
            Some(cut(record, written))
        })
        .await?;
        self.learn_epoch(*key, written);
        Ok(())
    }

    /// Begins to write back whatever is known here and missing in the store. Once at a time, so that a store which fails
    /// now and then, because it has much to do, does not get more of it each time; and once more if it failed meanwhile.
    pub(super) fn restore_soon(&self) {
        if self.0.to_restore.fetch_add(1, Ordering::AcqRel) == 0
            && Self::spawn(self.clone().restore_while_asked()).is_err()
        {
            self.0.to_restore.store(0, Ordering::Release);
        }
    }

    /// Boxed, since an access to the store begins it.
    fn restore_while_asked(self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            loop {
                let asked = self.0.to_restore.load(Ordering::Acquire);
                self.restore_all().await;
                let nobody = self.0.to_restore.fetch_sub(asked, Ordering::AcqRel) == asked;
                if nobody {
                    return;
                }
            }
        })
    }

    async fn restore_all(&self) {
        let (logins, groups) = self.memory().all_ended();
        for ids in logins.chunks(MAX_KEYS) {
            let Ok(known) = self.ended_in_store(ids).await else { return };
            let forgotten = ids.iter().filter(|id| !known.contains(id));
            let writes: Vec<_> = forgotten.map(|id| self.begin_writing(Write::End(*id))).collect();
            for write in writes {
                // It is repeated if it fails.
                let _ = first_attempt(write).await;
            }
        }
        for key in groups {
            self.restore_epoch(key);
            // One after the other is soon enough, and leaves the store to the requests.
            sleep(RESTORE_PAUSE).await;
        }
    }

    /// Writes the epoch that is known here, if the store has an earlier one.
    pub(super) async fn restore(&self, key: Key, until: NumericDate) -> Result<(), Error> {
        self.change_group(key, until, |record| {
            let known = self.memory().epoch(&key);
            let latest = record.epoch.later(known);
            let raised = record.epoch.raised(latest.epoch, latest.except);
            (latest != record.epoch).then(|| cut(record, raised))
        })
        .await
    }

    /// Changes the record of a group, again if another machine was faster. `None` leaves it as it is.
    pub(super) async fn change_group(
        &self,
        key: Key,
        until: NumericDate,
        change: impl FnMut(&mut GroupRecord) -> Option<GroupRecord> + Send,
    ) -> Result<(), Error> {
        let entry = self.load_one(key).await?;
        self.change_loaded(key, entry, until, change).await
    }

    /// Does the same as [`change_group`](Self::change_group), with a record that was just loaded.
    pub(super) async fn change_loaded(
        &self,
        key: Key,
        mut entry: Option<Entry>,
        until: NumericDate,
        mut change: impl FnMut(&mut GroupRecord) -> Option<GroupRecord> + Send,
    ) -> Result<(), Error> {
        for attempt in 0..ATTEMPTS {
            let mut record = self.group(Some(&entry))?;
            let Some(changed) = change(&mut record) else { return Ok(()) };
            if self.swap(&key, version(&entry), &changed.encode(), until).await? {
                return Ok(());
            }
            // Nobody who changes the record all the time, such as with many sign-ins, keeps the others from it.
            sleep(pause_after(attempt)).await;
            entry = self.load_one(key).await?;
        }
        Err(CONTENDED)
    }

    pub(super) async fn load_one(&self, key: Key) -> Result<Option<Entry>, Error> {
        Ok(self.load(&[key]).await?.pop().flatten())
    }
}

/// Returns a random pause after so many attempts: longer ones the more there were, and none after the first.
fn pause_after(attempt: usize) -> Duration {
    let [drawn, ..] = random_id();
    let longest = (1 << attempt.min(LONGEST_BACK_OFF)) - 1;
    Duration::from_millis(u64::from(drawn) % (longest + 1))
}

/// Returns the record under a later epoch, which ends the logins that it lists.
fn cut(record: &mut GroupRecord, epoch: Epoch) -> GroupRecord {
    let mut logins = mem::take(&mut record.logins);
    logins.retain(|listed| epoch.excepts(listed.id));
    GroupRecord { epoch, everyone: record.everyone, logins }
}
