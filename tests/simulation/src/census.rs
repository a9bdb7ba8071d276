//! The results of many schedules.

use std::collections::BTreeMap;

use crate::invariants::{Invariant, Violation};
use crate::plan::{Kind, Plan, Thief};
use crate::store::End;
use crate::world::Outcome;

/// The number of violations that are kept; the others are counted.
const KEPT: usize = 20;

/// Counts of schedules.
#[derive(Clone, Debug, Default)]
pub struct Census {
    pub kinds: BTreeMap<Kind, Schedules>,
    pub thieves: BTreeMap<Thief, Thefts>,
    pub violated: BTreeMap<Invariant, u64>,
    /// The violations of the lowest seeds.
    pub violations: Vec<Violation>,
}

/// The schedules of a kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Schedules {
    pub schedules: u64,
    pub decisions: u64,
    pub rotations: u64,
    /// Logins that somebody honest lost as a copy's.
    pub honest_ends: u64,
    /// Logins whose record was gone as a whole.
    pub missing: u64,
}

/// The thefts by one kind of thief.
#[derive(Clone, Debug, Default)]
pub struct Thefts {
    /// Those of whom the copy was used before the login had ended.
    pub used: u64,
    pub ended: u64,
    /// Those not ended whose copy would still be served.
    pub still_in: u64,
    /// Those who were active more than 2W apart from the owner.
    pub apart: u64,
    pub apart_unseen: u64,
    pub by_owner: Counts,
    pub by_both: Counts,
}

/// A histogram: the number of times that each number occurred.
#[derive(Clone, Debug, Default)]
pub struct Counts(BTreeMap<u32, u64>);

impl Counts {
    fn add(&mut self, value: u32) {
        *self.0.entry(value).or_default() += 1;
    }

    fn join(&mut self, other: Self) {
        for (value, times) in other.0 {
            *self.0.entry(value).or_default() += times;
        }
    }

    /// The least number that at least `per_mille` of a thousand do not exceed.
    pub fn quantile(&self, per_mille: u64) -> Option<u32> {
        let total: u64 = self.0.values().sum();
        let mut reached = 0;
        self.0.iter().find_map(|(value, times)| {
            reached += times;
            (reached * 1_000 >= total * per_mille).then_some(*value)
        })
    }
}

impl Census {
    pub fn add(&mut self, plan: &Plan, outcome: Outcome) {
        let kind = self.kinds.entry(plan.kind).or_default();
        kind.schedules += 1;
        kind.decisions += outcome.decisions;
        kind.rotations += outcome.rotations;
        kind.missing += u64::from(outcome.was_missing);
        let was_copied = outcome.seen.first_use.is_some();
        let is_reused = matches!(outcome.ended, Some((End::Reuse, _)));
        kind.honest_ends += u64::from(is_reused && !was_copied);
        for violation in &outcome.violations {
            *self.violated.entry(violation.invariant).or_default() += 1;
        }
        self.violations.extend(outcome.violations);
        self.keep_few();
        let seen = outcome.seen;
        let Some(theft) = plan.theft.filter(|_| was_copied) else { return };
        let thefts = self.thieves.entry(theft.thief).or_default();
        thefts.used += 1;
        thefts.apart += u64::from(seen.apart.is_some());
        if is_reused {
            thefts.ended += 1;
            thefts.by_owner.add(seen.by_owner);
            if seen.apart.is_some() {
                thefts.by_both.add(seen.by_both);
            }
        } else {
            thefts.still_in += u64::from(outcome.copy_is_good);
            thefts.apart_unseen += u64::from(seen.apart.is_some());
        }
    }

    pub fn join(&mut self, other: Self) {
        for (kind, theirs) in other.kinds {
            let ours = self.kinds.entry(kind).or_default();
            ours.schedules += theirs.schedules;
            ours.decisions += theirs.decisions;
            ours.rotations += theirs.rotations;
            ours.honest_ends += theirs.honest_ends;
            ours.missing += theirs.missing;
        }
        for (thief, theirs) in other.thieves {
            let ours = self.thieves.entry(thief).or_default();
            ours.used += theirs.used;
            ours.ended += theirs.ended;
            ours.still_in += theirs.still_in;
            ours.apart += theirs.apart;
            ours.apart_unseen += theirs.apart_unseen;
            ours.by_owner.join(theirs.by_owner);
            ours.by_both.join(theirs.by_both);
        }
        for (invariant, times) in other.violated {
            *self.violated.entry(invariant).or_default() += times;
        }
        self.violations.extend(other.violations);
        self.keep_few();
    }

    fn keep_few(&mut self) {
        self.violations.sort_by_key(|violation| (violation.seed, violation.after));
        self.violations.truncate(KEPT);
    }

    pub fn schedules(&self) -> u64 {
        self.kinds.values().map(|kind| kind.schedules).sum()
    }

    pub fn decisions(&self) -> u64 {
        self.kinds.values().map(|kind| kind.decisions).sum()
    }

    pub fn honest_ends(&self) -> u64 {
        self.kinds.values().map(|kind| kind.honest_ends).sum()
    }
}

impl Thefts {
    /// Of a thousand used copies, those not seen at the end.
    pub fn unseen_per_mille(&self) -> Option<u64> {
        ((self.used - self.ended) * 1_000).checked_div(self.used)
    }

    pub fn still_in_per_mille(&self) -> Option<u64> {
        (self.still_in * 1_000).checked_div(self.used)
    }
}
