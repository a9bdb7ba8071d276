//! The record of one login in a store: compare and set, outages, and a fail-over that loses the last writes.

use crate::queue::Millis;

/// Why a login has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Reuse,
    Logout,
}

/// A record as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State<R> {
    Living(R),
    Ended(End),
}

/// The store. Versions never come back, as in the stores that the product ships.
#[derive(Debug)]
pub struct Store<R> {
    written: Vec<Written<R>>,
    version: u64,
    keeps_history: bool,
}

#[derive(Debug)]
struct Written<R> {
    at: Millis,
    version: u64,
    state: State<R>,
}

/// The effect of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swap {
    Written,
    Lost,
    /// Written over the end of a login, which a sound compare and set excludes.
    Revived,
}

impl<R: Clone> Store<R> {
    /// A store with the record of a login that begins. `keeps_history` is for fail-overs.
    pub fn new(at: Millis, record: R, keeps_history: bool) -> Self {
        let first = Written { at, version: 1, state: State::Living(record) };
        Self { written: vec![first], version: 1, keeps_history }
    }

    pub fn load(&self) -> Option<(u64, &State<R>)> {
        self.written.last().map(|written| (written.version, &written.state))
    }

    /// Writes if the present version is `was`, or in any case if `is_blind`.
    pub fn swap(&mut self, at: Millis, was: Option<u64>, state: State<R>, is_blind: bool) -> Swap {
        let present = self.load();
        if !is_blind && present.map(|(version, _)| version) != was {
            return Swap::Lost;
        }
        let revives = matches!((present, &state), (Some((_, State::Ended(_))), State::Living(_)));
        self.version += 1;
        if !self.keeps_history {
            self.written.clear();
        }
        self.written.push(Written { at, version: self.version, state });
        if revives { Swap::Revived } else { Swap::Written }
    }

    /// Forgets what was written after `until`: a replica takes over that had not heard of it yet.
    pub fn fail_over(&mut self, until: Millis) {
        self.written.retain(|written| written.at <= until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fail_over_brings_the_older_record_back_and_its_version_too() {
        let mut store = Store::new(10, 'a', true);
        assert_eq!(store.swap(20, Some(1), State::Living('b'), false), Swap::Written);
        assert_eq!(store.swap(20, Some(1), State::Living('c'), false), Swap::Lost);
        store.fail_over(19);
        assert_eq!(store.load(), Some((1, &State::Living('a'))));
        assert_eq!(store.swap(30, Some(2), State::Living('d'), false), Swap::Lost, "of before the fail-over");
        assert_eq!(store.swap(30, Some(1), State::Living('d'), false), Swap::Written);
        assert_eq!(store.load(), Some((3, &State::Living('d'))), "version 2 does not come back");
        store.fail_over(9);
        assert_eq!(store.load(), None);
    }

    #[test]
    fn only_a_blind_write_revives() {
        let mut store = Store::new(10, 'a', false);
        assert_eq!(store.swap(20, Some(1), State::Ended(End::Logout), false), Swap::Written);
        assert_eq!(store.swap(21, Some(1), State::Living('b'), false), Swap::Lost);
        assert_eq!(store.swap(21, Some(1), State::Living('b'), true), Swap::Revived);
    }
}
