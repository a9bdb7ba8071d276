//! The product's rule and those of others in the same world: who is signed out, and who is not seen.

use crate::census::{Census, Thefts};
use crate::plan::{Plan, THIEVES, Thief};
use crate::rules::{Counter, OnePredecessor, Ours, Rule, SameSuccessor, SingleUse, SuccessorSeen};
use crate::run;

/// The lost responses of a thousand, a column each.
pub const LOSSES: [u64; 3] = [0, 20, 100];

/// W of the product's rule in the tables.
pub const WINDOW: u64 = 30_000;

/// A rule's row.
#[derive(Clone, Debug)]
pub struct Row {
    pub rule: String,
    /// By losses.
    pub browsers: [Census; 3],
    /// By losses; all thieves in one.
    pub thefts: [Census; 3],
}

/// Runs `of` browsers, and `of` thefts for each kind of thief, under each rule.
pub fn rows(of: u64) -> Vec<Row> {
    vec![
        row(&SingleUse, of),
        row(&OnePredecessor, of),
        row(&SameSuccessor, of),
        row(&Counter, of),
        row(&SuccessorSeen, of),
        ours_without_kept(of, "with neither", false),
        ours_without_kept(of, "with jitter alone", true),
        row(&Ours::new(WINDOW, false), of),
    ]
}

/// Runs one rule.
pub fn row<R: Rule>(rule: &R, of: u64) -> Row {
    row_of(rule, of, rule.name(), true)
}

/// The product's rule where a generation begins with each renewal, with jitter or with neither of the two things that
/// bring a thief out of step.
fn ours_without_kept(of: u64, name: &str, has_jitter: bool) -> Row {
    let rule = Ours { keeps: false, ..Ours::new(WINDOW, false) };
    row_of(&rule, of, format!("{} {name}", rule.name()), has_jitter)
}

fn row_of<R: Rule>(rule: &R, of: u64, name: String, has_jitter: bool) -> Row {
    let run = |plan: Plan| run::under(Plan { has_jitter, ..plan }, rule);
    let browsers = LOSSES.map(|lost| run::count(0..of, |seed| run(Plan::browser(seed, lost))));
    let thefts = LOSSES.map(|lost| {
        let thief = |seed: u64| THIEVES[(seed / of) as usize];
        run::count(0..of * THIEVES.len() as u64, |seed| run(Plan::theft(seed % of, thief(seed), lost)))
    });
    Row { rule: name, browsers, thefts }
}

/// The windows in seconds and lifetimes in minutes of [`windows`]: the default window with short tokens, and long ones
/// up to the longest that compiles.
const WINDOWS: [(u64, u64); 9] =
    [(5, 15), (30, 1), (30, 5), (30, 15), (60, 15), (120, 15), (300, 10), (300, 15), (300, 60)];

/// Thieves in lock-step under the product's rule.
pub struct Window {
    pub seconds: u64,
    /// The lifetime of the access tokens.
    pub minutes: u64,
    pub thefts: Thefts,
}

/// Runs `of` thieves in lock-step for each window, without lost responses.
pub fn windows(of: u64) -> Vec<Window> {
    let run = |(seconds, minutes): (u64, u64)| {
        let (window, lifetime) = (seconds * 1_000, minutes * 60_000);
        let rule = Ours::new(window, false);
        let run =
            |seed| run::under(Plan { window, lifetime, ..Plan::theft(seed, Thief::LockStep, 0) }, &rule);
        let thefts = run::count(0..of, run).thieves.remove(&Thief::LockStep).unwrap_or_default();
        Window { seconds, minutes, thefts }
    };
    WINDOWS.into_iter().map(run).collect()
}

impl Row {
    /// Honest browsers that were signed out, by losses.
    pub fn signed_out(&self) -> [u64; 3] {
        self.browsers.each_ref().map(Census::honest_ends)
    }

    /// Of a thousand thieves, those not seen after 72 h, by losses.
    pub fn unseen(&self, thief: Thief) -> [Option<u64>; 3] {
        self.thefts.each_ref().map(|census| census.thieves.get(&thief)?.unseen_per_mille())
    }

    /// Of a thousand thieves, those not seen whose copy would still be served after 72 h, by losses.
    pub fn still_in(&self, thief: Thief) -> [Option<u64>; 3] {
        self.thefts.each_ref().map(|census| census.thieves.get(&thief)?.still_in_per_mille())
    }
}
