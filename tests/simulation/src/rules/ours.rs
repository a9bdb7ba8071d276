//! The product's own decision function as a rule.

use unjwt::__private::rotation::{self, Decision, Generations, Renewal, decide};

use super::{Answer, Ask, Rule, Token};
use crate::queue::Millis;

/// `unjwt`'s rule, with its window.
#[derive(Clone, Copy, Debug)]
pub struct Ours {
    pub rule: rotation::Rule,
    /// `false` if a generation begins with each renewal, for comparison.
    pub keeps: bool,
}

impl Ours {
    pub const fn new(window: Millis, adopts: bool) -> Self {
        Self { rule: rotation::Rule { window, adopts }, keeps: true }
    }
}

pub(super) const fn token(generation: u64) -> Token {
    Token { id: generation, parent: 0 }
}

pub(super) fn renewal(ask: Ask) -> Option<Renewal> {
    ask.may_issue.then_some(Renewal { draw: ask.draw, is_urgent: false })
}

pub(super) fn answer(decision: Decision) -> Answer<Generations> {
    match decision {
        Decision::Serve => Answer::Serve,
        Decision::Issue(record) => Answer::Issue(token(record.current)),
        Decision::Write { record, issues } => {
            Answer::Write { record, issues: issues.then(|| token(record.current)) }
        }
        Decision::Reuse => Answer::Reuse,
        Decision::Ended => Answer::Ended,
    }
}

impl Rule for Ours {
    type Record = Generations;

    fn name(&self) -> String {
        "`unjwt`".into()
    }

    fn begin(&self, now: Millis, _: u64) -> (Generations, Token) {
        let record = Generations::first(now);
        (record, token(record.current))
    }

    fn decide(&self, record: Option<&Generations>, ask: Ask) -> Answer<Generations> {
        let draw = if self.keeps { ask.draw } else { 1 };
        answer(decide(record, Some(ask.token.id), ask.now, self.rule, renewal(Ask { draw, ..ask })))
    }

    fn generations(&self, record: &Generations) -> Option<Generations> {
        Some(*record)
    }
}
