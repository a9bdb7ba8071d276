//! Asking the store whether a login lives, once for all who ask at the same time.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::watch;
use unjwt_store::Key;

use super::{Ledger, NO_ANSWER, lock};
use crate::error::Error;
use crate::login::Login;
use crate::login::binding::Binding;
use crate::login::group::Groups;
use crate::login::id::LoginId;
use crate::login::keys;
use crate::login::revocation::is_live;

/// The verdict on a login, by the store or its outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Live,
    /// The store is out, and the session is served nevertheless.
    Unchecked,
    Ended,
    /// The token is a copy, for which its login has just ended.
    Reused,
}

/// The checks under way, by the login and what else they depend on.
#[derive(Default)]
pub(super) struct Checks {
    under_way: HashMap<(LoginId, Arc<[u8]>), Check>,
    next: u64,
}

#[cfg(test)]
impl Checks {
    pub(super) fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }
}

struct Check {
    number: u64,
    /// Milliseconds.
    begun: u64,
    result: watch::Receiver<Option<Result<Verdict, Error>>>,
}

impl Ledger {
    /// Returns whether the login lives, asking the store.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) if the store is out. Errors are not remembered.
    pub(crate) async fn check(&self, login: &Login, groups: &Groups) -> Result<Verdict, Error> {
        let mut result = self.join(login, groups)?;
        let result = result.wait_for(Option::is_some).await.map(|result| result.clone());
        // The task is gone without a result if its runtime ends.
        result.ok().flatten().unwrap_or(Err(NO_ANSWER))
    }

    /// Returns whether the login of a token that was checked before still lives, whatever has become of its generation: a
    /// request that takes long is neither a tab nor a copy.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub(crate) async fn lives(&self, login: &Login, groups: &Groups) -> Result<bool, Error> {
        Ok(match self.check(&self.without_generation(login, groups), &Groups::default()).await? {
            Verdict::Live | Verdict::Unchecked => true,
            Verdict::Ended | Verdict::Reused => false,
        })
    }

    /// Joins the check that is under way, or begins one. A task of its own runs it, so that a request that leaves
    /// does not end it for the others.
    fn join(
        &self,
        login: &Login,
        groups: &Groups,
    ) -> Result<watch::Receiver<Option<Result<Verdict, Error>>>, Error> {
        self.watch();
        let binding: Arc<[u8]> = (*Binding::new(login, groups)).into();
        let key = (login.id, binding);
        let now = self.0.clock.now_ms();
        let mut checks = lock(&self.0.checks);
        if let Some(check) = checks.under_way.get(&key)
            && self.0.trust.is_fresh(check.begun, now)
        {
            return Ok(check.result.clone());
        }
        let (sender, result) = watch::channel(None);
        let number = checks.next;
        let (ledger, levels, checked) = (self.clone(), self.levels(login, groups), key.clone());
        let login = login.clone();
        Self::spawn(async move {
            let verdict = ledger.ask(&login, &checked.1, &levels, now).await;
            let mut checks = lock(&ledger.0.checks);
            if checks.under_way.get(&checked).is_some_and(|check| check.number == number) {
                checks.under_way.remove(&checked);
            }
            drop(checks);
            sender.send_replace(Some(verdict));
        })?;
        checks.next += 1;
        checks.under_way.insert(key, Check { number, begun: now, result: result.clone() });
        Ok(result)
    }

    async fn ask(
        &self,
        login: &Login,
        binding: &[u8],
        levels: &[Option<Key>],
        now: u64,
    ) -> Result<Verdict, Error> {
        let keys: Vec<_> =
            [keys::of_login(&login.id)].into_iter().chain(levels.iter().copied().flatten()).collect();
        let loaded = match self.load_together(keys).await {
            Ok(loaded) => loaded,
            Err(error) => return self.in_outage(login, binding, levels, now, error),
        };
        let mut records = loaded.iter();
        let entry = records.next();
        let is_ended_in_store = self.has_ended(entry)?;
        let rotation = self.rotation_of(login, entry.cloned().flatten()).await?;
        let mut forgotten = Vec::new();
        let verdict = {
            let (until, date) = (self.until(), self.0.clock.now());
            let mut memory = self.memory();
            if is_ended_in_store {
                memory.learn_end(login.id, until, date);
            }
            let is_ended = memory.is_ended(&login.id);
            let mut epochs = Vec::with_capacity(levels.len());
            for level in levels {
                let Some(key) = level else {
                    epochs.push(Default::default());
                    continue;
                };
                let stored = self.group(records.next())?.epoch;
                memory.learn_epoch(*key, stored, until, date);
                let latest = memory.epoch(key);
                if latest != stored {
                    forgotten.push(*key);
                }
                epochs.push(latest);
            }
            match is_live(login, is_ended, epochs) {
                true if rotation == Verdict::Live => {
                    memory.learn_live(login.id, binding, now);
                    Verdict::Live
                }
                // A copy of a login that has ended is not news.
                true => rotation,
                false => Verdict::Ended,
            }
        };
        if verdict == Verdict::Reused {
            // If the store is out, this process refuses the login nevertheless, and repeats the write.
            let _ = self.end(login.id).await;
        }
        // A store that failed over may have lost what ended: it is told again.
        for key in forgotten {
            self.restore_epoch(key);
        }
        if verdict == Verdict::Ended {
            if !is_ended_in_store && self.memory().is_ended(&login.id) {
                self.write_end(login.id);
            }
            self.0.ended.notify_waiters();
        }
        Ok(verdict)
    }

    fn in_outage(
        &self,
        login: &Login,
        binding: &[u8],
        levels: &[Option<Key>],
        now: u64,
        error: Error,
    ) -> Result<Verdict, Error> {
        let mut memory = self.memory();
        let checked_at = memory.checked_at(&login.id, binding);
        if !memory.compare(login, binding, levels) {
            Ok(Verdict::Ended)
        } else if self.0.trust.serves(checked_at, now) {
            Ok(Verdict::Unchecked)
        } else {
            Err(error)
        }
    }
}
