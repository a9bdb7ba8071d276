//! The decision whether a login lives: pure functions of what the store and this process know.

use std::cmp::Ordering;

use super::Login;
use super::id::LoginId;
use crate::spec::RevocableSpec;

/// The epoch of a group, or of everyone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Epoch {
    /// Logins that began under an earlier epoch have ended.
    pub(crate) epoch: u64,
    /// The login that stays nevertheless: the one that ended the others.
    pub(crate) except: Option<Exception>,
}

/// A login that ended the others of its group. Its tokens are not made anew, so that it stays signed in even if the
/// response is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exception {
    pub(crate) id: LoginId,
    /// The epoch of the group under which it began.
    pub(crate) under: u64,
}

impl Epoch {
    /// Returns the later one. A store that lost writes at a fail-over has an earlier one than this process. Of two that
    /// are equal, an exception counts if both have it.
    pub(crate) fn later(self, other: Self) -> Self {
        match self.epoch.cmp(&other.epoch) {
            Ordering::Less => other,
            Ordering::Greater => self,
            Ordering::Equal => Self { except: self.except.filter(|_| self.except == other.except), ..self },
        }
    }

    /// Returns a later epoch that follows this one. A login that this one ended is not an exception to the next.
    pub(crate) fn raised(self, epoch: u64, except: Option<Exception>) -> Self {
        Self { epoch, except: except.filter(|except| self.admits(except.id, except.under)) }
    }

    pub(crate) fn excepts(self, login: LoginId) -> bool {
        self.except.is_some_and(|except| except.id == login)
    }

    fn admits(self, login: LoginId, began_under: u64) -> bool {
        began_under >= self.epoch || self.excepts(login)
    }
}

/// Returns whether the login lives, which is the only place where the levels are combined. `levels` are the epochs of
/// everyone and of the login's groups, in the order of its own; a group that it does not belong to is the default.
pub(crate) fn is_live(login: &Login, is_ended: bool, levels: impl IntoIterator<Item = Epoch>) -> bool {
    let own = login.epochs.iter().chain(std::iter::repeat(0));
    !is_ended && levels.into_iter().zip(own).all(|(level, own)| level.admits(login.id, own))
}

/// The times for which an answer of the store counts, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trust {
    pub(crate) recheck: u64,
    /// During an outage; `None` refuses.
    pub(crate) serve: Option<u64>,
}

impl Trust {
    pub(crate) fn of(spec: &RevocableSpec) -> Self {
        let RevocableSpec { recheck, serve, .. } = *spec;
        Self { recheck: recheck.saturating_mul(1000), serve: serve.map(|serve| serve.saturating_mul(1000)) }
    }

    /// Returns whether a check of that time still counts. One from the future does not: the clock was turned back.
    pub(crate) fn is_fresh(self, checked_at: u64, now: u64) -> bool {
        now.checked_sub(checked_at).is_some_and(|age| age < self.recheck)
    }

    /// Returns whether a login is served although the store is out.
    pub(crate) fn serves(self, checked_at: Option<u64>, now: u64) -> bool {
        let age = checked_at.and_then(|at| now.checked_sub(at));
        self.serve.zip(age).is_some_and(|(serve, age)| age <= serve)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::login::epochs::Epochs;

    fn login(epochs: &[u64]) -> Login {
        let mut own = Epochs::default();
        epochs.iter().enumerate().for_each(|(at, epoch)| own.set(at, *epoch));
        Login { id: LoginId::from_bytes([1; 16]), epochs: own, generation: None, keys: None, is_bound: false }
    }

    fn at(epoch: u64) -> Epoch {
        Epoch { epoch, except: None }
    }

    #[test]
    fn a_login_lives_until_any_level_ends_it() {
        assert!(is_live(&login(&[]), false, []));
        assert!(!is_live(&login(&[]), true, []));
        assert!(is_live(&login(&[5, 7]), false, [at(5), at(7), at(0)]));
        assert!(!is_live(&login(&[5, 7]), false, [at(6), at(7)]));
        assert!(!is_live(&login(&[5, 7]), false, [at(5), at(8)]));
        assert!(
            !is_live(&login(&[9, 9]), false, [at(0), at(0), at(1)]),
            "a level without an epoch of its own"
        );
    }

    #[test]
    fn an_exception_is_of_one_level_and_one_login() {
        let own = login(&[]);
        let but = |id| Epoch { epoch: 9, except: Some(Exception { id, under: 0 }) };
        assert!(is_live(&own, false, [at(0), but(own.id)]));
        assert!(!is_live(&own, false, [at(1), but(own.id)]));
        assert!(!is_live(&own, true, [at(0), but(own.id)]));
        assert!(!is_live(&own, false, [at(0), but(LoginId::from_bytes([2; 16]))]));
    }

    #[test]
    fn the_later_epoch_counts_with_its_exception() {
        let except = Exception { id: LoginId::from_bytes([1; 16]), under: 0 };
        let but = Epoch { epoch: 9, except: Some(except) };
        assert_eq!(at(9).later(at(8)), at(9));
        assert_eq!(at(8).later(but), but);
        assert_eq!(but.later(at(10)), at(10));
        assert_eq!(but.later(but), but);
        assert_eq!((but.later(at(9)), at(9).later(but)), (at(9), at(9)), "not of both");
    }

    #[test]
    fn who_was_ended_by_others_is_no_exception() {
        let [one, two] = [[1; 16], [2; 16]].map(|id| Exception { id: LoginId::from_bytes(id), under: 0 });
        let first = at(0).raised(7, Some(one));
        assert!(first.excepts(one.id));
        assert_eq!(first.raised(8, Some(two)), at(8), "`two` had ended");
        assert!(first.raised(8, Some(one)).excepts(one.id));
        assert!(first.raised(8, Some(Exception { under: 7, ..two })).excepts(two.id), "it began after that");
    }

    #[test]
    fn trust_ends() {
        let trust = Trust { recheck: 10, serve: Some(100) };
        assert_eq!([100, 109, 110, 99].map(|now| trust.is_fresh(100, now)), [true, true, false, false]);
        assert_eq!([100, 200, 201, 99].map(|now| trust.serves(Some(100), now)), [true, true, false, false]);
        assert!(!trust.serves(None, 100));
        assert!(!Trust { recheck: 0, serve: None }.is_fresh(100, 100));
        assert!(!Trust { recheck: 0, serve: None }.serves(Some(100), 100));
    }
}
