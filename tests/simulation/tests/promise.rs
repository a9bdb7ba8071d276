//! Nobody honest is signed out: a bounded run of each kind of schedule, and each invariant by its name.

use std::ops::Range;

use unjwt_simulation::census::Census;
use unjwt_simulation::invariants::Invariant;
use unjwt_simulation::plan::{Kind, Plan};
use unjwt_simulation::run;
use unjwt_simulation::world::{Shell, World};

/// Runs schedules of one kind, and prints their seeds and what is needed to replay one that failed.
fn run(kind: Kind, seeds: Range<u64>) -> Census {
    println!("{kind:?}: seeds {seeds:?}");
    let census = run::count(seeds, |seed| run::ours(Plan::of_kind(kind, seed)));
    for violation in &census.violations {
        let plan = Plan::of_kind(kind, violation.seed);
        let rule = unjwt_simulation::rules::Ours::new(plan.window, plan.adopts);
        let (_, trace) = World::trace(&plan, &rule, Shell::Sound);
        println!("{violation}\n{plan:?}\n{}", trace.join("\n"));
    }
    census
}

fn assert_holds(census: &Census, invariant: Invariant) {
    assert_eq!(census.violated.get(&invariant), None, "{invariant}");
}

#[test]
fn honest_logins_are_never_ended_with_delays_at_the_edge_of_the_promise() {
    let census = run(Kind::Adversary, 0..6_000);
    for invariant in Invariant::ALL {
        assert_holds(&census, invariant);
    }
    assert_eq!(census.honest_ends(), 0);
}

#[test]
fn a_lost_response_is_recovered_at_any_later_time() {
    let census = run(Kind::OneLost, 0..4_000);
    for invariant in Invariant::ALL {
        assert_holds(&census, invariant);
    }
}

#[test]
fn a_store_that_went_back_ends_nobody() {
    let census = run(Kind::FailOver, 0..6_000);
    for invariant in Invariant::ALL {
        assert_holds(&census, invariant);
    }
    assert!(census.kinds[&Kind::FailOver].missing > 0, "no record was lost as a whole");
}

#[test]
fn an_ended_login_stays_ended_and_is_not_reported_as_reused() {
    let census = run(Kind::Logout, 0..4_000);
    for invariant in Invariant::ALL {
        assert_holds(&census, invariant);
    }
}

#[test]
fn browsers_stay_signed_in_for_days() {
    let census = run(Kind::Browser, 0..60);
    for invariant in Invariant::ALL {
        assert_holds(&census, invariant);
    }
}
