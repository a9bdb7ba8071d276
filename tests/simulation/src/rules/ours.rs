//! The product's own decision function as a rule.

use unjwt::__private::rotation::{self, Decision, Generations, decide};

use super::{Answer, Ask, Rule, Token};
use crate::queue::Millis;

/// `unjwt`'s rule, with its window.
#[derive(Clone, Copy, Debug)]
pub struct Ours(pub rotation::Rule);

impl Ours {
    pub const fn new(window: Millis, adopts: bool) -> Self {
        Self(rotation::Rule { window, adopts })
    }
}

pub(super) const fn token(generation: u64) -> Token {
    Token { id: generation, parent: 0 }
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
        answer(decide(record, Some(ask.token.id), ask.now, self.0, ask.may_issue))
    }

    fn generations(&self, record: &Generations) -> Option<Generations> {
        Some(*record)
    }
}
