//! The rules that decide about a token: the product's, its mutants, and those that others publish.

mod mutants;
mod others;
mod ours;

use std::fmt::Debug;

use unjwt::__private::rotation::Generations;

pub use mutants::{MUTANTS, Mutant, Mutated};
pub use others::{Counter, OnePredecessor, SameSuccessor, SingleUse, SuccessorSeen};
pub use ours::Ours;

use crate::queue::Millis;

/// A token as a rule knows it. A number that the rule does not read stays 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// The generation, the counter, or what stands for the random value of an opaque token.
    pub id: u64,
    /// The token that it was exchanged for.
    pub parent: u64,
}

/// A token that is presented.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    pub token: Token,
    /// The time by the clock of the machine that decides.
    pub now: Millis,
    /// A renewal is due, and the response can carry it.
    pub may_issue: bool,
    /// A number that no other token has.
    pub fresh: u64,
    /// A random number.
    pub draw: u64,
}

/// The fate of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<R> {
    Serve,
    Issue(Token),
    Write { record: R, issues: Option<Token> },
    Reuse,
    Ended,
}

/// A rule. All of them are run in the same world.
pub trait Rule: Sync {
    /// The record of a login in a store.
    type Record: Clone + Debug;

    fn name(&self) -> String;

    /// Begins a login.
    fn begin(&self, now: Millis, fresh: u64) -> (Self::Record, Token);

    fn decide(&self, record: Option<&Self::Record>, ask: Ask) -> Answer<Self::Record>;

    /// `true` if requests whose access token has not expired matter to the rule.
    fn sees_all(&self) -> bool {
        false
    }

    /// The generations of a record, for the invariants that are about them.
    fn generations(&self, _: &Self::Record) -> Option<Generations> {
        None
    }
}
