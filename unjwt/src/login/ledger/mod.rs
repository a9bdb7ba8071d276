//! The store of a session's logins, with what this process remembers of it: the only place with effects.

mod batch;
mod begin;
mod check;
mod end;
mod list;
mod rotate;
mod watch;
mod write;

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::timeout;
use unjwt_store::{AnyStore, Entry, Key, Outage, Store as _, UnixTime, Version};

use super::Login;
use super::binding::Binding;
use super::epochs::Epochs;
use super::group::Groups;
use super::keys;
use super::memory::{Changes, LastCheck, Memory, Recall};
use super::record::{GroupRecord, LoginRecord, Unreadable, is_ended};
use super::revocation::Trust;
use crate::clock::{Clock, Moment, NumericDate};
use crate::error::{Error, ErrorKind};
use crate::spec::{RevocableSpec, Spec};
use crate::util::measure::Timer;

use batch::Batch;
pub(crate) use begin::Begun;
use check::Checks;
pub(crate) use check::Verdict;
pub(crate) use rotate::Rotated;
use rotate::Rotations;
use write::Unwritten;

/// The logins of one session. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Ledger(Arc<Inner>);

struct Inner {
    store: AnyStore,
    timeout: Duration,
    clock: Clock,
    session: &'static str,
    type_name: &'static str,
    spec: RevocableSpec,
    trust: Trust,
    /// The time in seconds after which no token that exists now is valid any more.
    longest: u64,
    memory: Mutex<Memory>,
    changes: Changes,
    checks: Mutex<Checks>,
    batch: Mutex<Batch>,
    unwritten: Mutex<Unwritten>,
    rotations: Rotations,
    /// Told when a login may have ended.
    ended: Notify,
    is_out: AtomicBool,
    /// The time in milliseconds at which the store was asked last while it is out.
    asked_out: AtomicU64,
    /// The number of times that the store answered again since the last restoration began.
    to_restore: AtomicUsize,
    watching: Once,
    /// `true` if logins can be bound to devices.
    binds: AtomicBool,
}

/// The time in seconds that a request may take from reading a session to sending a token of it, and the difference
/// between the clocks of machines.
const MARGIN: u64 = 60 * 60;

/// The seconds after which the store is told again of an ended login whose token is presented.
const CONFIRM: u64 = 10;

/// The milliseconds after which a store that is out is asked again for what can wait.
const ASK_AGAIN: u64 = 1000;

/// The maximum number of attempts to change a record that others change as well.
const ATTEMPTS: usize = 16;

const NO_ANSWER: Error = Error::new(ErrorKind::Unavailable, "the store of logins did not answer");
const UNREADABLE: Error =
    Error::new(ErrorKind::Unavailable, "the store of logins has a record that this version does not read");
const CONTENDED: Error = Error::new(
    ErrorKind::Unavailable,
    "a record in the store of logins changes faster than it can be written",
);
const NO_RUNTIME: Error =
    Error::new(ErrorKind::Unavailable, "the store of logins can only be asked within a tokio runtime");

impl Ledger {
    pub(crate) fn new(
        store: AnyStore,
        timeout: Duration,
        clock: Clock,
        spec: &Spec,
        revocable: RevocableSpec,
    ) -> Self {
        // A revocable session has a `max_age`; the attribute says so.
        let max_age = spec.max_age.unwrap_or(u64::MAX / 4);
        // A process that has not noticed an end yet still makes tokens.
        let unnoticed = revocable.recheck.max(revocable.serve.unwrap_or(0));
        let longest =
            [spec.policy.clock_tolerance, unnoticed, MARGIN].into_iter().fold(max_age, u64::saturating_add);
        let memory = Memory::new();
        Self(Arc::new(Inner {
            store,
            timeout,
            clock,
            session: spec.name,
            type_name: spec.type_name,
            spec: revocable,
            trust: Trust::of(&revocable),
            longest,
            changes: memory.changes(),
            memory: Mutex::new(memory),
            checks: Mutex::default(),
            batch: Mutex::default(),
            unwritten: Mutex::default(),
            rotations: Rotations::default(),
            ended: Notify::new(),
            is_out: AtomicBool::new(false),
            asked_out: AtomicU64::new(0),
            to_restore: AtomicUsize::new(0),
            watching: Once::new(),
            binds: AtomicBool::new(false),
        }))
    }

    /// Returns what is known of the login without asking the store.
    pub(crate) fn recall(&self, login: &Login, groups: &Groups) -> Recall {
        self.recall_at(login, groups, self.0.clock.moment())
    }

    /// Does the same as [`recall`](Self::recall) at a moment that was just read from the clock.
    pub(crate) fn recall_at(&self, login: &Login, groups: &Groups, now: Moment) -> Recall {
        let binding = Binding::new(login, groups);
        let mut memory = self.memory();
        let known = match memory.recall(&login.id, &binding, self.0.trust, now.millis()) {
            Recall::Live => return Recall::Live,
            Recall::Compare if memory.compare(login, &binding, &self.levels(login, groups)) => Recall::Live,
            Recall::Compare => Recall::Ended,
            known => known,
        };
        let confirms = known == Recall::Ended
            && memory.is_ended(&login.id)
            && memory.confirmed.is_due(login.id, now.date(), CONFIRM);
        drop(memory);
        if confirms {
            // The store may have failed over since, and forgotten it.
            self.write_end(login.id);
        }
        known
    }

    /// Does the same as [`recall_at`](Self::recall_at) for a token that is remembered with its last check.
    pub(crate) fn recall_again(
        &self,
        login: &Login,
        groups: impl FnOnce() -> Groups,
        last: &LastCheck,
        now: Moment,
    ) -> Recall {
        let changes = self.0.changes.count();
        if last.at(changes).is_some_and(|at| self.0.trust.is_fresh(at, now.millis())) {
            return Recall::Live;
        }
        let groups = groups();
        let known = self.recall_at(login, &groups, now);
        if known == Recall::Live
            && let Some(at) = self.memory().checked_at(&login.id, &Binding::new(login, &groups))
        {
            last.set(at, changes);
        }
        known
    }

    /// Returns when something may have ended. Created before a look, so that nothing is missed.
    pub(crate) fn ended(&self) -> impl Future<Output = ()> + '_ {
        self.0.ended.notified()
    }

    /// Returns `false` if the store gave no answer the last time that it was asked, but `true` to one caller a second, who
    /// finds out whether it answers again.
    pub(crate) fn may_answer(&self) -> bool {
        if !self.0.is_out.load(Ordering::Relaxed) {
            return true;
        }
        let (asked, now) = (self.0.asked_out.load(Ordering::Relaxed), self.0.clock.now_ms());
        // If the clock was turned back, nobody waits until it is there again.
        now.abs_diff(asked) >= ASK_AGAIN
            && self.0.asked_out.compare_exchange(asked, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Returns the time for which a check counts.
    pub(crate) fn recheck(&self) -> Duration {
        Duration::from_secs(self.0.spec.recheck)
    }

    /// Returns the key of the first group, unless the login does not belong to one.
    pub(crate) fn first_group(&self, login: &Login, groups: &Groups) -> Option<Key> {
        self.group_levels(login, groups).get(1).copied().flatten()
    }

    /// Returns the login as a token of another session names it, which does not have the fields that tell its groups. The last
    /// check of this one counts for that one too.
    pub(crate) fn with_keys(&self, login: &Login, groups: &Groups) -> Login {
        let mut epochs = Epochs::default();
        epochs.set(0, login.epochs.get(0));
        let mut keys = Vec::new();
        for (index, level) in self.group_levels(login, groups).into_iter().enumerate().skip(1) {
            if let Some(key) = level {
                keys.push(key);
                epochs.set(keys.len(), login.epochs.get(index));
            }
        }
        let shared =
            Login { id: login.id, epochs, generation: None, keys: Some(keys.into()), is_bound: false };
        let none = Groups::default();
        self.memory().extend_check(login.id, &Binding::new(login, groups), &Binding::new(&shared, &none));
        shared
    }

    /// Returns the login as it is checked whatever has become of its generation.
    fn without_generation(&self, login: &Login, groups: &Groups) -> Login {
        let mut shared = self.with_keys(login, groups);
        if let Some(unbound) = self.unbound_level(login) {
            let keys = shared.keys.iter().flat_map(|keys| keys.iter().copied());
            shared.keys = Some(keys.chain([unbound]).collect());
            let [from, to] = [(login, groups), (&shared, &Groups::default())]
                .map(|(login, groups)| Box::<[u8]>::from(&*Binding::new(login, groups)));
            self.memory().extend_check(login.id, &from, &to);
        }
        shared
    }

    /// Lets the last check of a token count for another one of its login.
    #[cfg(feature = "dbsc")]
    pub(crate) fn carry_check(&self, from: (&Login, &Groups), to: (&Login, &Groups)) {
        let [from_binding, to_binding] = [from, to].map(|(login, groups)| Binding::new(login, groups));
        if from.0.id == to.0.id {
            self.memory().extend_check(from.0.id, &from_binding, &to_binding);
        }
    }

    /// Returns the keys of everyone and of the login's groups; `None` for a group that it does not belong to.
    fn group_levels(&self, login: &Login, groups: &Groups) -> Vec<Option<Key>> {
        match &login.keys {
            Some(keys) => [self.everyone()].into_iter().chain(keys.iter().copied()).map(Some).collect(),
            None => self.levels_of(groups),
        }
    }

    /// Returns the keys of the records that end the token: those of the login's groups, and, of one that is bound to no
    /// device, that of such tokens, which end once the login is bound to one.
    fn levels(&self, login: &Login, groups: &Groups) -> Vec<Option<Key>> {
        let mut levels = self.group_levels(login, groups);
        levels.extend(self.unbound_level(login).map(Some));
        levels
    }

    /// Returns the key of the record that ends the login's tokens which are bound to no device, if this is one of them.
    fn unbound_level(&self, login: &Login) -> Option<Key> {
        let may_be_bound = self.0.binds.load(Ordering::Relaxed) && login.keys.is_none();
        (may_be_bound && !login.is_bound).then(|| keys::of_unbound(&login.id))
    }

    /// Checks from now on whether a login was bound to a device since a token of it was made that is not.
    #[cfg(feature = "dbsc")]
    pub(crate) fn set_binds(&self) {
        self.0.binds.store(true, Ordering::Relaxed);
    }

    /// Returns the levels of a login of the session itself.
    fn levels_of(&self, groups: &Groups) -> Vec<Option<Key>> {
        let fields = self.0.spec.groups.iter().zip(groups.values());
        let groups =
            fields.map(|(field, value)| value.map(|value| keys::of_group(self.0.session, field, value)));
        [Some(self.everyone())].into_iter().chain(groups).collect()
    }

    pub(crate) fn everyone(&self) -> Key {
        keys::of_everyone(self.0.session)
    }

    /// Returns the time by which every token that exists now has expired.
    fn until(&self) -> NumericDate {
        self.0.clock.now().plus(self.0.longest)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        lock(&self.0.memory)
    }

    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>, Error> {
        let loaded = self.within("load", self.0.store.load(keys)).await?;
        if loaded.len() == keys.len() {
            return Ok(loaded);
        }
        tracing::error!(session = self.0.type_name, "the store of logins returned another number of records");
        Err(UNREADABLE)
    }

    async fn swap(
        &self,
        key: &Key,
        was: Option<Version>,
        value: &[u8],
        until: NumericDate,
    ) -> Result<bool, Error> {
        self.within("swap", self.0.store.swap(key, was, value, UnixTime::from_secs(until.as_secs()))).await
    }

    /// Bounds an access to the store in time, and logs when an outage begins and ends.
    async fn within<T>(
        &self,
        operation: &'static str,
        access: impl Future<Output = Result<T, Outage>>,
    ) -> Result<T, Error> {
        let session = self.0.type_name;
        let timer = Timer::start();
        let answer = timeout(self.0.timeout, access).await;
        timer.end(session, operation, matches!(answer, Ok(Ok(_))));
        let failed = match answer {
            Ok(Ok(answer)) => {
                if self.0.is_out.swap(false, Ordering::Relaxed) {
                    tracing::info!(session, "the store of logins answers again");
                    // It may be another one that took over, without the last writes.
                    self.restore_soon();
                }
                return Ok(answer);
            }
            Ok(Err(outage)) => outage.to_string(),
            Err(_) => format!("no answer within {:?}", self.0.timeout),
        };
        self.0.asked_out.store(self.0.clock.now_ms(), Ordering::Relaxed);
        if self.0.is_out.swap(true, Ordering::Relaxed) {
            tracing::debug!(session, reason = failed, "the store of logins is out");
        } else {
            tracing::error!(session, reason = failed, "the store of logins is out");
        }
        Err(NO_ANSWER)
    }

    /// Reads the record of a group, or of everyone.
    fn group(&self, entry: Option<&Option<Entry>>) -> Result<GroupRecord, Error> {
        self.readable(GroupRecord::decode(entry.and_then(value)))
    }

    /// Reads the record of a login.
    fn login(&self, entry: Option<&Option<Entry>>) -> Result<Option<LoginRecord>, Error> {
        self.readable(LoginRecord::decode(entry.and_then(value)))
    }

    /// Reads the record of a login: whether it has ended.
    fn has_ended(&self, entry: Option<&Option<Entry>>) -> Result<bool, Error> {
        self.readable(is_ended(entry.and_then(value)))
    }

    /// Returns what was read of a record, or logs that it is unreadable.
    fn readable<T>(&self, record: Result<T, Unreadable>) -> Result<T, Error> {
        record.map_err(|Unreadable| {
            tracing::error!(session = self.0.type_name, "a record in the store of logins is unreadable");
            UNREADABLE
        })
    }

    /// Runs the work to its end, even if the caller leaves.
    fn spawn(work: impl Future<Output = ()> + Send + 'static) -> Result<(), Error> {
        let runtime = Handle::try_current().map_err(|_| NO_RUNTIME)?;
        runtime.spawn(work);
        Ok(())
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").field("session", &self.0.type_name).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn value(entry: &Option<Entry>) -> Option<&[u8]> {
    entry.as_ref().map(|entry| entry.value.as_slice())
}

fn version(entry: &Option<Entry>) -> Option<Version> {
    entry.as_ref().map(|entry| entry.version)
}

#[cfg(test)]
mod tests;
