//! The product's rule with one mistake each: what shows that the simulation would notice.

use unjwt::__private::rotation::{self, Decision, Generations, decide};

use super::ours::{answer, renewal, token};
use super::{Answer, Ask, Rule, Token};
use crate::queue::Millis;

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// Nothing older than the parent is served, however short its replacement is ago.
    NoFloor,
    /// The parent counts as never answered as soon as the window is over, while its answer may still travel.
    NoTwilight,
    /// After a store went back, what is older than the token that shows it is a copy.
    FloorIsTakenOver,
    /// After a store went back, the generation before the one that shows it is taken for its parent.
    PredecessorIsParent,
    /// A token that the store has forgotten is a copy.
    AheadIsReuse,
    /// Each renewal begins a generation, however soon it follows the last one.
    Eager,
    /// A token older than the parent is served.
    Lenient,
    /// The loser of a race gets the token that it has.
    IssuesParent,
    /// A login without a record is taken over although it is not to be.
    MissingIsServed,
}

pub const MUTANTS: [Mutant; 9] = [
    Mutant::NoFloor,
    Mutant::NoTwilight,
    Mutant::FloorIsTakenOver,
    Mutant::PredecessorIsParent,
    Mutant::AheadIsReuse,
    Mutant::Eager,
    Mutant::Lenient,
    Mutant::IssuesParent,
    Mutant::MissingIsServed,
];

/// The product's rule with a mistake.
#[derive(Clone, Copy, Debug)]
pub struct Mutated {
    pub rule: rotation::Rule,
    pub mutant: Mutant,
}

impl Rule for Mutated {
    type Record = Generations;

    fn name(&self) -> String {
        format!("{:?}", self.mutant)
    }

    fn begin(&self, now: Millis, _: u64) -> (Generations, Token) {
        let record = Generations::first(now);
        (record, token(record.current))
    }

    fn decide(&self, record: Option<&Generations>, ask: Ask) -> Answer<Generations> {
        let right = |record| decide(record, Some(ask.token.id), ask.now, self.rule, renewal(ask));
        let decision = match record {
            Some(record) => self.mistaken(record, ask, right(Some(record))),
            None if self.mutant == Mutant::MissingIsServed => Decision::Serve,
            None => right(None),
        };
        answer(decision)
    }

    fn generations(&self, record: &Generations) -> Option<Generations> {
        Some(*record)
    }
}

impl Mutated {
    fn mistaken(&self, record: &Generations, ask: Ask, right: Decision) -> Decision {
        let (n, age) = (ask.token.id, ask.now.saturating_sub(record.at));
        let is_twilight = age > self.rule.window && age <= 2 * self.rule.window;
        match (self.mutant, right) {
            (Mutant::NoFloor, Decision::Serve) if n < record.parent => Decision::Reuse,
            (Mutant::NoTwilight, Decision::Serve) if n == record.parent && is_twilight && ask.may_issue => {
                let current = record.current + 1;
                let record = Generations { current, floor: record.parent, at: ask.now, ..*record };
                Decision::Write { record, issues: true }
            }
            (Mutant::FloorIsTakenOver, Decision::Write { record: taken, issues }) if n > record.current => {
                Decision::Write { record: Generations { floor: n, ..taken }, issues }
            }
            (Mutant::PredecessorIsParent, Decision::Write { record: taken, issues })
                if n > record.current =>
            {
                Decision::Write { record: Generations { parent: n - 1, ..taken }, issues }
            }
            (Mutant::AheadIsReuse, _) if n > record.current => Decision::Reuse,
            (Mutant::Eager, Decision::Serve) if n == record.current && ask.may_issue => {
                let record = Generations { current: n + 1, parent: n, floor: record.parent, at: ask.now };
                Decision::Write { record, issues: true }
            }
            (Mutant::Lenient, Decision::Reuse) => Decision::Serve,
            (Mutant::IssuesParent, Decision::Issue(record)) => {
                Decision::Issue(Generations { current: n, ..record })
            }
            (_, right) => right,
        }
    }
}
