//! Epochs: the counters by which all logins of a group end at once.

use std::sync::Arc;

use unjwt_store::Key;

use super::keys;

/// The maximum number of fields in `by(..)`.
pub(crate) const MAX_GROUPS: usize = 4;

/// The epochs under which a login began: of everyone, and of each of its groups. 0 for one that never ended.
///
/// A login lives while none of them is below the epoch that the store has. They are compared with each other and
/// never with a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Epochs([u64; 1 + MAX_GROUPS]);

/// The name of the epoch of everyone in the claim `ep`; those of groups have the names of their fields.
pub(crate) const EVERYONE: &str = "*";

impl Epochs {
    /// Returns the epochs: first everyone's, then those of the groups in the order of `by(..)`.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u64> {
        self.0.iter().copied()
    }

    pub(crate) fn get(&self, index: usize) -> u64 {
        self.0.get(index).copied().unwrap_or(0)
    }

    pub(crate) fn set(&mut self, index: usize, epoch: u64) {
        if let Some(own) = self.0.get_mut(index) {
            *own = epoch;
        }
    }

    /// Returns the epochs that a claim names. Those of groups that the session no longer has are left out.
    pub(crate) fn of_claim<'a>(
        claim: impl Iterator<Item = (&'a str, u64)>,
        groups: &'static [&'static str],
    ) -> Self {
        let mut epochs = Self::default();
        for (name, epoch) in claim {
            if let Some(index) = names(groups).position(|known| known == name) {
                epochs.set(index, epoch);
            }
        }
        epochs
    }

    /// Returns the epochs for the claim, without those that are 0.
    pub(crate) fn to_claim(
        self,
        groups: &'static [&'static str],
    ) -> impl Iterator<Item = (&'static str, u64)> {
        names(groups).zip(self.0).filter(|(_, epoch)| *epoch != 0)
    }

    /// Returns the epochs that the claim of a session with `login = ..` names, and the keys of its login's groups.
    pub(crate) fn of_claim_with_keys<'a>(claim: impl Iterator<Item = (&'a str, u64)>) -> (Self, Arc<[Key]>) {
        let mut epochs = Self::default();
        let mut keys = Vec::new();
        for (name, epoch) in claim {
            if name == EVERYONE {
                epochs.set(0, epoch);
            } else if let Some(key) = keys::of_text(name)
                && keys.len() < MAX_GROUPS
            {
                keys.push(key);
                epochs.set(keys.len(), epoch);
            }
        }
        (epochs, keys.into())
    }

    /// Returns the epochs for the claim of a session with `login = ..`: everyone's unless it is 0, and each of the
    /// groups with these keys.
    pub(crate) fn to_claim_with_keys(self, keys: &[Key]) -> impl Iterator<Item = (String, u64)> {
        let everyone = (self.get(0) != 0).then(|| (EVERYONE.to_owned(), self.get(0)));
        let groups =
            keys.iter().zip(self.0.into_iter().skip(1)).map(|(key, epoch)| (keys::to_text(key), epoch));
        everyone.into_iter().chain(groups)
    }
}

fn names(groups: &'static [&'static str]) -> impl Iterator<Item = &'static str> {
    [EVERYONE].into_iter().chain(groups.iter().copied())
}

/// Returns the epoch that ends every login which began under `old`. Milliseconds keep it above every earlier one,
/// even if the record of those has expired.
pub(crate) fn next(old: u64, now_ms: u64) -> u64 {
    old.saturating_add(1).max(now_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_read_as_it_was_written() {
        const GROUPS: &[&str] = &["user", "tenant"];
        let mut epochs = Epochs::default();
        assert_eq!(epochs.to_claim(GROUPS).count(), 0);
        epochs.set(0, 5);
        epochs.set(2, 9);
        epochs.set(99, 1);
        let claim: Vec<_> = epochs.to_claim(GROUPS).collect();
        assert_eq!(claim, [("*", 5), ("tenant", 9)]);
        assert_eq!(Epochs::of_claim(claim.iter().copied(), GROUPS), epochs);
        // Another order, or fewer groups, confuses none.
        let other = Epochs::of_claim(claim.iter().copied(), &["tenant"]);
        assert_eq!(other.iter().collect::<Vec<_>>(), [5, 9, 0, 0, 0]);
        assert_eq!(
            Epochs::of_claim(claim.into_iter(), &["user"]).iter().collect::<Vec<_>>(),
            [5, 0, 0, 0, 0]
        );
    }

    #[test]
    fn epochs_only_grow() {
        assert_eq!(next(0, 1_700_000_000_000), 1_700_000_000_000);
        assert_eq!(next(1_700_000_000_000, 1_700_000_000_000), 1_700_000_000_001);
        assert_eq!(next(1_800_000_000_000, 1_700_000_000_000), 1_800_000_000_001);
        assert_eq!(next(u64::MAX, 0), u64::MAX);
    }
}
