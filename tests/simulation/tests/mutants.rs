//! The invariants can fail: a mistake in the rule, or in the code around it, is found by the invariant that it breaks.

use std::ops::Range;

use unjwt_simulation::census::Census;
use unjwt_simulation::invariants::Invariant::{self, *};
use unjwt_simulation::plan::{KINDS, Kind, Plan};
use unjwt_simulation::rules::{MUTANTS, Mutant, Mutated, Ours};
use unjwt_simulation::run;
use unjwt_simulation::world::{Shell, World};

fn mutated(plan: &Plan, mutant: Mutant) -> Mutated {
    let rule = Ours::new(plan.window, plan.adopts).rule;
    Mutated { rule, mutant }
}

fn with_rule(kind: Kind, mutant: Mutant, seeds: Range<u64>) -> Census {
    run::count(seeds, |seed| {
        let plan = Plan::of_kind(kind, seed);
        let rule = mutated(&plan, mutant);
        run::under(plan, &rule)
    })
}

fn with_shell(kind: Kind, shell: Shell, schedules: u64) -> Census {
    run::count(0..schedules, |seed| {
        let plan = Plan::of_kind(kind, seed);
        let outcome = World::run(&plan, &Ours::new(plan.window, plan.adopts), shell);
        (plan, outcome)
    })
}

fn violated(census: &Census, invariant: Invariant) -> u64 {
    census.violated.get(&invariant).copied().unwrap_or_default()
}

#[test]
fn each_mistake_in_the_rule_is_found() {
    for mutant in MUTANTS {
        let (kind, invariant) = match mutant {
            Mutant::NoFloor | Mutant::NoTwilight => (Kind::Adversary, I1HonestIsNeverEnded),
            Mutant::FloorIsTakenOver | Mutant::PredecessorIsParent | Mutant::AheadIsReuse => {
                (Kind::FailOver, I8StoreThatWentBackEndsNobody)
            }
            Mutant::Eager => (Kind::Adversary, I4OneGenerationPerWindow),
            Mutant::Lenient => (Kind::Theft, I3CopyEndsTheLogin),
            Mutant::IssuesParent => (Kind::Adversary, I7LoserLeavesTheWinnersCookie),
            Mutant::MissingIsServed => (Kind::FailOver, I8StoreThatWentBackEndsNobody),
        };
        let seeds = match mutant {
            Mutant::Lenient => 0..40,
            // Rare: two lost responses in a row, more than 2W apart, and a store that forgets both.
            Mutant::PredecessorIsParent => 60_000..61_000,
            _ => 0..4_000,
        };
        let census = with_rule(kind, mutant, seeds.clone());
        let found = violated(&census, invariant);
        println!("{mutant:?}: {found} in the schedules {seeds:?}, {} honest ends", census.honest_ends());
        assert!(found > 0, "{mutant:?} was not found by {invariant}");
    }
}

/// The parts of the rule that look like decoration.
#[test]
fn without_floor_twilight_or_an_old_floor_honest_logins_are_ended() {
    for (mutant, kind) in [
        (Mutant::NoFloor, Kind::Adversary),
        (Mutant::NoTwilight, Kind::Adversary),
        (Mutant::FloorIsTakenOver, Kind::FailOver),
    ] {
        let census = with_rule(kind, mutant, 0..4_000);
        assert!(census.honest_ends() > 0, "{mutant:?} ended nobody");
        let sound = run::count(0..4_000, |seed| run::ours(Plan::of_kind(kind, seed)));
        assert_eq!(sound.honest_ends(), 0, "the same schedules under the sound rule");
    }
}

#[test]
fn each_mistake_around_the_rule_is_found() {
    for (shell, kind, invariant) in [
        (Shell::WritesBlindly, Kind::Logout, I5EndedIsFinal),
        (Shell::TakesOutageForAnEnd, Kind::Adversary, I9OutageIsNoVerdict),
        (Shell::ReportsEndedAsReuse, Kind::Logout, I10LoggedOutIsEndedNotReused),
        (Shell::ClearsForLosers, Kind::Adversary, I7LoserLeavesTheWinnersCookie),
        (Shell::ForgetsEnds, Kind::Logout, I5EndedIsFinal),
    ] {
        let found = violated(&with_shell(kind, shell, 4_000), invariant);
        println!("{shell:?}: {found} in 4000 schedules");
        assert!(found > 0, "{shell:?} was not found by {invariant}");
    }
}

#[test]
fn a_failing_seed_replays() {
    let census = with_rule(Kind::Adversary, Mutant::NoFloor, 0..4_000);
    let violation = census.violations.first().expect("the mutant is found");
    let plan = Plan::of_kind(Kind::Adversary, violation.seed);
    let rule = mutated(&plan, Mutant::NoFloor);
    let (outcome, trace) = World::trace(&plan, &rule, Shell::Sound);
    assert!(outcome.violations.contains(violation), "{:?}", outcome.violations);
    assert!(trace.iter().any(|line| line.contains("violates I1")), "the trace tells nothing of it");
}

#[test]
fn a_schedule_is_the_same_each_time() {
    for kind in KINDS {
        let plan = Plan::of_kind(kind, 7);
        let rule = Ours::new(plan.window, plan.adopts);
        let traces: [_; 2] = std::array::from_fn(|_| World::trace(&plan, &rule, Shell::Sound).1);
        assert!(traces[0].len() > 3, "{kind:?}: nothing happened");
        assert_eq!(traces[0], traces[1], "{kind:?}");
    }
}
