//! The knowledge of this process: which logins the store has called live, and what has ended.
//!
//! It is bounded. What is forgotten of live logins costs a question to the store; what is forgotten of ended ones
//! the store still knows.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use unjwt_store::Key;

use super::Login;
use super::id::LoginId;
use super::keys;
use super::revocation::{Epoch, Trust, is_live};
use crate::clock::NumericDate;
use crate::util::lru::{LruCache, Weight};

/// The maximum number of live logins that are remembered. Each takes about 145 bytes, and up to 160 for its groups.
pub(crate) const MOST_LIVE: usize = 1 << 16;
/// The maximum number of bindings that are remembered of a login. Each counts as a login. Those of a session differ from
/// those of one that belongs to its login, and with each generation of a rotation and each update of a group.
const MOST_BINDINGS: usize = 4;
/// The maximum numbers of ended logins and of epochs that are remembered.
const MOST_ENDED: usize = 1 << 18;
const MOST_EPOCHS: usize = 1 << 16;
const MOST_LATELY: usize = 1 << 14;
/// The generation of a check that has to be compared again.
const STALE: u64 = u64::MAX;
/// The milliseconds by which a check may be later than a request that looked at the clock before it.
const CLOCK_STEP: u64 = 1000;

pub(crate) struct Memory {
    /// Never contains one that has ended.
    live: LruCache<LoginId, Checked>,
    ended: Expiring<LoginId, ()>,
    epochs: Expiring<Key, Epoch>,
    /// The epochs of the unbound tokens of single logins. Kept apart, since there may be as many as logins.
    unbound: Expiring<Key, Epoch>,
    /// The logins whose renewal was recorded lately.
    pub(crate) renewed: Lately,
    /// The logins whose record of generations was made to last longer lately.
    pub(crate) prolonged: Lately,
    /// The ended logins of which the store was told again lately.
    pub(crate) confirmed: Lately,
    /// Changes with each epoch that is learned, so that a login's groups are compared again.
    generation: u64,
    changes: Changes,
}

/// The number of times that something was learned of which a login may have ended.
#[derive(Clone, Default)]
pub(crate) struct Changes(Arc<AtomicU64>);

impl Changes {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    fn add(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}

/// The last check of the login of a token that is remembered, which counts until something changes.
#[derive(Default)]
pub(crate) struct LastCheck {
    /// Milliseconds; 0 for none.
    at: AtomicU64,
    /// The changes before the check.
    changes: AtomicU64,
}

impl LastCheck {
    /// Returns the time of the check, unless something changed since. Of two checks that were recorded at the same time,
    /// the time of one may come with the changes before the other: if nothing changed since, both count.
    pub(crate) fn at(&self, changes: u64) -> Option<u64> {
        let is_last = self.changes.load(Ordering::Acquire) == changes;
        let at = self.at.load(Ordering::Relaxed);
        (is_last && at > 0).then_some(at)
    }

    /// Records a check. `changes` were counted before it.
    pub(crate) fn set(&self, at: u64, changes: u64) {
        self.at.store(at, Ordering::Relaxed);
        self.changes.store(changes, Ordering::Release);
    }
}

/// A login that the store has called live.
#[derive(Debug)]
struct Checked {
    latest: Check,
    /// The checks of tokens with other bindings, the latest first.
    others: Box<[Check]>,
}

#[derive(Debug)]
struct Check {
    /// Milliseconds.
    at: u64,
    /// The [`Binding`](super::binding::Binding) of the token that was checked.
    binding: Box<[u8]>,
    generation: u64,
}

impl Checked {
    /// Returns the check of a token with this binding.
    fn of(&mut self, binding: &[u8]) -> Option<&mut Check> {
        self.each().find(|check| *check.binding == *binding)
    }

    fn each(&mut self) -> impl Iterator<Item = &mut Check> {
        [&mut self.latest].into_iter().chain(&mut self.others)
    }
}

/// The bytes of a live login in its table, with the byte that the table itself has for each, without its groups.
pub(crate) const BYTES_PER_LIVE: usize = size_of::<(LoginId, Checked)>() + 1;

impl Weight for Checked {
    fn weight(&self) -> usize {
        1 + self.others.len()
    }
}

/// The logins for which something was done lately, so that it is done for each at most once in a while.
pub(crate) struct Lately(LruCache<LoginId, DoneAt>);

struct DoneAt(NumericDate);

impl Weight for DoneAt {
    fn weight(&self) -> usize {
        1
    }
}

impl Lately {
    fn new() -> Self {
        Self(LruCache::new(2 * MOST_LATELY))
    }

    /// Returns whether it is due: not done within that many seconds. It then counts as done now.
    pub(crate) fn is_due(&mut self, id: LoginId, now: NumericDate, seconds: u64) -> bool {
        let is_due = self.0.get(&id).is_none_or(|DoneAt(at)| at.plus(seconds) <= now);
        if is_due {
            self.done(id, now);
        }
        is_due
    }

    /// Records that it was done.
    pub(crate) fn done(&mut self, id: LoginId, now: NumericDate) {
        self.0.insert(id, DoneAt(now));
    }

    /// Forgets that it was done, since it failed.
    pub(crate) fn forget(&mut self, id: &LoginId) {
        self.0.remove(id);
    }
}

/// The knowledge of a login without the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recall {
    Live,
    Ended,
    /// It was live a moment ago, but its groups have to be compared with epochs that were learned since.
    Compare,
    /// The store has to be asked.
    Unknown,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self {
            // Of the two generations of the cache, one is always complete.
            live: LruCache::new(2 * MOST_LIVE),
            ended: Expiring::new(MOST_ENDED),
            epochs: Expiring::new(MOST_EPOCHS),
            unbound: Expiring::new(MOST_EPOCHS),
            renewed: Lately::new(),
            prolonged: Lately::new(),
            confirmed: Lately::new(),
            generation: 0,
            changes: Changes::default(),
        }
    }

    pub(crate) fn recall(&mut self, id: &LoginId, binding: &[u8], trust: Trust, now: u64) -> Recall {
        match self.live.get_mut(id).map(|checked| checked.of(binding)) {
            // The clock was turned back: this check must not count when its time comes.
            Some(Some(check)) if check.at > now.saturating_add(CLOCK_STEP) => {
                self.doubt(id);
                Recall::Unknown
            }
            Some(Some(check)) if trust.is_fresh(check.at, now) => {
                if check.generation == self.generation {
                    Recall::Live
                } else {
                    Recall::Compare
                }
            }
            None if self.ended.contains(id) => Recall::Ended,
            Some(_) | None => Recall::Unknown,
        }
    }

    /// Compares a token's login with every epoch that is known here; `keys` are everyone's and those of its groups.
    /// Returns whether it lives.
    pub(crate) fn compare(&mut self, login: &Login, binding: &[u8], keys: &[Option<Key>]) -> bool {
        let lives = is_live(login, self.ended.contains(&login.id), self.levels(keys));
        if lives {
            let generation = self.generation;
            if let Some(check) = self.check_of(&login.id, binding) {
                check.generation = generation;
            }
        }
        lives
    }

    fn check_of(&mut self, id: &LoginId, binding: &[u8]) -> Option<&mut Check> {
        self.live.get_mut(id)?.of(binding)
    }

    fn levels(&self, keys: &[Option<Key>]) -> Vec<Epoch> {
        keys.iter().map(|key| key.map(|key| self.epoch(&key)).unwrap_or_default()).collect()
    }

    /// Returns the latest epoch that is known here.
    pub(crate) fn epoch(&self, key: &Key) -> Epoch {
        self.epochs.get(key).or_else(|| self.unbound.get(key)).copied().unwrap_or_default()
    }

    pub(crate) fn is_ended(&self, id: &LoginId) -> bool {
        self.ended.contains(id)
    }

    /// Returns the time of the last check of these groups and epochs, in milliseconds.
    pub(crate) fn checked_at(&mut self, id: &LoginId, binding: &[u8]) -> Option<u64> {
        self.check_of(id, binding).map(|check| check.at)
    }

    /// Records that the store called the login live, unless it has ended since. `at` is when it was asked, in
    /// milliseconds.
    pub(crate) fn learn_live(&mut self, id: LoginId, binding: &[u8], at: u64) {
        if self.ended.contains(&id) {
            return;
        }
        let generation = self.generation;
        if let Some(check) = self.check_of(&id, binding) {
            (check.at, check.generation) = (at, generation);
            return;
        }
        let latest = Check { at, binding: binding.into(), generation };
        let others = match self.live.remove(&id) {
            Some(old) => [old.latest].into_iter().chain(old.others).take(MOST_BINDINGS - 1).collect(),
            None => Box::default(),
        };
        self.live.insert(id, Checked { latest, others });
    }

    /// Records that the last check of one token of a login was one of another token too, which was made from it.
    pub(crate) fn extend_check(&mut self, id: LoginId, from: &[u8], to: &[u8]) {
        let Some((at, generation)) = self.check_of(&id, from).map(|check| (check.at, check.generation))
        else {
            return;
        };
        if self.checked_at(&id, to).is_some_and(|known| known >= at) {
            return;
        }
        self.learn_live(id, to, at);
        if let Some(check) = self.check_of(&id, to) {
            // Epochs that were learned since are compared with this one too.
            check.generation = generation;
        }
    }

    /// Records that a login has ended; its tokens are over by `until`.
    pub(crate) fn learn_end(&mut self, id: LoginId, until: NumericDate, now: NumericDate) {
        self.live.remove(&id);
        self.ended.insert(id, (), until, now);
        self.changes.add();
    }

    /// Records the epoch of a group, and returns whether it is news.
    pub(crate) fn learn_epoch(
        &mut self,
        key: Key,
        epoch: Epoch,
        until: NumericDate,
        now: NumericDate,
    ) -> bool {
        let known = self.epoch(&key);
        let latest = known.later(epoch);
        if latest == known {
            return false;
        }
        if let Some(id) = keys::unbound_of(&key) {
            // Of one login, so that only that one is compared again.
            self.unbound.insert(key, latest, until, now);
            if let Some(checked) = self.live.get_mut(&id) {
                checked.each().for_each(|check| check.generation = STALE);
            }
            self.changes.add();
            return true;
        }
        self.epochs.insert(key, latest, until, now);
        self.generation += 1;
        self.changes.add();
        true
    }

    pub(crate) fn changes(&self) -> Changes {
        self.changes.clone()
    }

    /// Returns the number of live logins that are remembered.
    pub(crate) fn live_len(&self) -> usize {
        self.live.len()
    }

    /// Returns everything that has ended, as far as it is known here.
    pub(crate) fn all_ended(&self) -> (Vec<LoginId>, Vec<Key>) {
        (self.ended.values.keys().copied().collect(), self.epochs.values.keys().copied().collect())
    }

    /// Forgets that the login is live: it has changed elsewhere.
    pub(crate) fn doubt(&mut self, id: &LoginId) {
        self.live.remove(id);
        self.changes.add();
    }
}

/// A bounded map whose values end. If it is full, the values that end first make room.
struct Expiring<K, V> {
    values: HashMap<K, (V, NumericDate)>,
    most: usize,
}

impl<K: Copy + Eq + Hash, V> Expiring<K, V> {
    fn new(most: usize) -> Self {
        Self { values: HashMap::new(), most }
    }

    fn contains(&self, key: &K) -> bool {
        self.values.contains_key(key)
    }

    fn get(&self, key: &K) -> Option<&V> {
        self.values.get(key).map(|(value, _)| value)
    }

    fn insert(&mut self, key: K, value: V, until: NumericDate, now: NumericDate) {
        if self.values.len() >= self.most && !self.values.contains_key(&key) {
            self.make_room(now);
        }
        let until = self.values.get(&key).map_or(until, |(_, old)| until.max(*old));
        self.values.insert(key, (value, until));
    }

    fn make_room(&mut self, now: NumericDate) {
        self.values.retain(|_, (_, until)| *until > now);
        if self.values.len() < self.most {
            return;
        }
        // An eighth at once, so that the search is rare.
        let mut ends: Vec<_> = self.values.values().map(|(_, until)| *until).collect();
        let (_, last, _) = ends.select_nth_unstable(self.most / 8);
        let last = *last;
        let mut room = self.most / 8 + 1;
        self.values.retain(|_, (_, until)| {
            let goes = *until <= last && room > 0;
            room -= usize::from(goes);
            !goes
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: NumericDate = NumericDate::from_secs(1_000);
    const TRUST: Trust = Trust { recheck: 10, serve: None };

    fn id(n: u64) -> LoginId {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&n.to_be_bytes());
        LoginId::from_bytes(bytes)
    }

    fn key(n: u8) -> Key {
        Key::from_bytes([n; Key::LEN])
    }

    #[test]
    fn a_check_counts_for_its_groups_and_its_time() {
        let mut memory = Memory::new();
        assert_eq!(memory.recall(&id(1), b"7", TRUST, 100), Recall::Unknown);
        memory.learn_live(id(1), b"7", 100);
        assert_eq!(memory.recall(&id(1), b"7", TRUST, 109), Recall::Live);
        assert_eq!(memory.recall(&id(1), b"8", TRUST, 109), Recall::Unknown, "other groups");
        assert_eq!(memory.recall(&id(1), b"7", TRUST, 110), Recall::Unknown, "too long ago");
        assert_eq!((memory.checked_at(&id(1), b"7"), memory.checked_at(&id(1), b"8")), (Some(100), None));
        memory.doubt(&id(1));
        assert_eq!(memory.recall(&id(1), b"7", TRUST, 100), Recall::Unknown);
    }

    #[test]
    fn a_login_has_several_tokens_and_not_any_number() {
        let mut memory = Memory::new();
        for n in 0..20_u8 {
            memory.learn_live(id(1), &[n], 100);
            memory.learn_live(id(1), &[0], 101);
        }
        let live = |memory: &mut Memory, n| memory.recall(&id(1), &[n], TRUST, 105) == Recall::Live;
        assert_eq!((0..20).filter(|n| live(&mut memory, *n)).collect::<Vec<_>>(), [0, 17, 18, 19]);
        assert_eq!(memory.live.get(&id(1)).map(Weight::weight), Some(MOST_BINDINGS));
        memory.learn_end(id(1), NOW.plus(5), NOW);
        assert!((0..20).all(|n| memory.recall(&id(1), &[n], TRUST, 105) == Recall::Ended));
    }

    #[test]
    fn a_check_counts_for_what_is_made_from_its_token() {
        let mut memory = Memory::new();
        memory.extend_check(id(1), b"7", b"8");
        assert_eq!(memory.checked_at(&id(1), b"8"), None, "nothing was checked");
        memory.learn_live(id(1), b"7", 100);
        memory.learn_epoch(key(1), Epoch { epoch: 5, except: None }, NOW.plus(5), NOW);
        memory.extend_check(id(1), b"7", b"8");
        assert_eq!(memory.checked_at(&id(1), b"8"), Some(100), "the time is that of the check");
        assert_eq!(memory.recall(&id(1), b"8", TRUST, 105), Recall::Compare, "with the epoch learned since");
        memory.learn_live(id(1), b"8", 105);
        memory.extend_check(id(1), b"7", b"8");
        assert_eq!(memory.checked_at(&id(1), b"8"), Some(105), "a later check of its own");
        memory.learn_end(id(1), NOW.plus(5), NOW);
        memory.extend_check(id(1), b"7", b"8");
        assert_eq!(memory.recall(&id(1), b"8", TRUST, 105), Recall::Ended);
    }

    #[test]
    fn what_ended_stays_ended() {
        let mut memory = Memory::new();
        memory.learn_live(id(1), b"7", 100);
        memory.learn_end(id(1), NOW.plus(5), NOW);
        assert_eq!(memory.recall(&id(1), b"7", TRUST, 100), Recall::Ended);
        memory.learn_live(id(1), b"7", 100);
        assert_eq!(memory.recall(&id(1), b"7", TRUST, 100), Recall::Ended, "a check that was under way");
    }

    #[test]
    fn the_end_of_unbound_tokens_concerns_one_login() {
        let mut memory = Memory::new();
        for login in [1, 2] {
            memory.learn_live(id(login), b"7", 100);
        }
        let (key, epoch) = (keys::of_unbound(&id(1)), Epoch { epoch: 5, except: None });
        assert!(memory.learn_epoch(key, epoch, NOW.plus(5), NOW));
        assert!(!memory.learn_epoch(key, epoch, NOW.plus(5), NOW), "known");
        assert_eq!(memory.epoch(&key), epoch);
        assert_eq!(
            memory.recall(&id(1), b"7", TRUST, 100),
            Recall::Compare,
            "by the store's answer of before"
        );
        assert_eq!(memory.recall(&id(2), b"7", TRUST, 100), Recall::Live);
        assert_eq!(memory.all_ended().1, [], "restored when its login is checked, and not with the groups");
    }

    #[test]
    fn an_epoch_makes_each_login_compare_again() {
        let mut memory = Memory::new();
        let login =
            Login { id: id(1), epochs: Default::default(), generation: None, keys: None, is_bound: false };
        memory.learn_live(id(1), b"7", 100);
        let epoch = Epoch { epoch: 5, except: None };
        assert!(memory.learn_epoch(key(1), epoch, NOW.plus(5), NOW));
        assert!(!memory.learn_epoch(key(1), epoch, NOW.plus(5), NOW), "known");
        assert!(!memory.learn_epoch(key(1), Epoch { epoch: 4, except: None }, NOW.plus(5), NOW), "older");
        assert_eq!(memory.recall(&id(1), b"7", TRUST, 100), Recall::Compare);
        assert!(!memory.compare(&login, b"7", &[Some(key(1))]));
        assert_eq!(memory.recall(&id(1), b"7", TRUST, 100), Recall::Compare);
        assert!(memory.compare(&login, b"8", &[Some(key(2)), None]), "of other groups");
        assert_eq!(memory.recall(&id(1), b"7", TRUST, 100), Recall::Compare, "which says nothing of these");
        assert!(memory.compare(&login, b"7", &[Some(key(2)), None]));
        assert_eq!(memory.recall(&id(1), b"7", TRUST, 100), Recall::Live);
    }

    #[test]
    fn a_check_before_the_clock_was_turned_back_counts_never_again() {
        let mut memory = Memory::new();
        let (changes, last) = (memory.changes(), LastCheck::default());
        memory.learn_live(id(1), b"7", 9_000);
        last.set(9_000, changes.count());
        assert_eq!(memory.recall(&id(1), b"7", TRUST, 8_500), Recall::Unknown, "another thread's clock");
        assert_eq!(memory.recall(&id(1), b"7", TRUST, 9_005), Recall::Live);
        assert_eq!(memory.recall(&id(1), b"7", TRUST, 100), Recall::Unknown);
        assert_eq!(memory.recall(&id(1), b"7", TRUST, 9_005), Recall::Unknown);
        assert_eq!(last.at(changes.count()), None);
    }

    #[test]
    fn the_last_check_of_a_token_counts_until_something_changes() {
        let mut memory = Memory::new();
        let (changes, last) = (memory.changes(), LastCheck::default());
        assert_eq!(last.at(changes.count()), None, "nothing was checked");
        let mut holds_before = |change: &dyn Fn(&mut Memory)| {
            last.set(100, changes.count());
            assert_eq!(last.at(changes.count()), Some(100));
            change(&mut memory);
            last.at(changes.count()).is_some()
        };
        assert!(holds_before(&|memory| memory.learn_live(id(1), b"7", 100)));
        assert!(!holds_before(&|memory| memory.doubt(&id(1))));
        assert!(!holds_before(&|memory| memory.learn_end(id(1), NOW.plus(5), NOW)));
        let epoch = Epoch { epoch: 5, except: None };
        assert!(!holds_before(&|memory| _ = memory.learn_epoch(key(1), epoch, NOW.plus(5), NOW)));
        assert!(holds_before(&|memory| _ = memory.learn_epoch(key(1), epoch, NOW.plus(5), NOW)), "known");
        // A check that began before a change says nothing of it.
        let before = changes.count();
        memory.learn_end(id(2), NOW.plus(5), NOW);
        last.set(100, before);
        assert_eq!(last.at(changes.count()), None);
    }

    #[test]
    fn its_size_is_limited() {
        let mut ends = Expiring::new(80);
        for n in 0..10_000_u64 {
            ends.insert(n, (), NOW.plus(n), NOW);
            assert!(ends.values.len() <= 80);
            assert!(ends.contains(&n));
        }
        // Those that end last stay, and those that have ended go first.
        assert!((9_935..10_000).all(|n| ends.contains(&n)));
        ends.insert(0, (), NOW.plus(20_000), NOW.plus(9_990));
        for n in 20_000..20_020 {
            ends.insert(n, (), NOW.plus(30_000), NOW.plus(10_000));
        }
        assert!(ends.contains(&0) && (20_000..20_020).all(|n| ends.contains(&n)));
        // The end of a value never comes earlier.
        ends.insert(0, (), NOW, NOW);
        assert_eq!(ends.values[&0].1, NOW.plus(20_000));
    }

    #[test]
    fn as_many_live_logins_as_promised() {
        let mut memory = Memory::new();
        for n in 0..3 * MOST_LIVE as u64 {
            memory.learn_live(id(n), b"0", 100);
        }
        let kept =
            (0..3 * MOST_LIVE as u64).filter(|n| memory.recall(&id(*n), b"0", TRUST, 100) == Recall::Live);
        assert!((MOST_LIVE..=2 * MOST_LIVE).contains(&kept.count()));
    }
}
