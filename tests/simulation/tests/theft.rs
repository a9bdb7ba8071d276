//! The fate of thieves under the product's rule.

use unjwt_simulation::invariants::Invariant;
use unjwt_simulation::plan::{Plan, Thief};
use unjwt_simulation::rules::{Counter, Ours};
use unjwt_simulation::{census::Thefts, run, tables};

const OF: u64 = 100;

/// Runs thefts by one kind of thief.
fn thefts(thief: Thief, lost_responses: u64) -> Thefts {
    thefts_with(thief, lost_responses, true, true)
}

/// Runs them with or without jitter, and with renewals that keep the generation or without.
fn thefts_with(thief: Thief, lost_responses: u64, has_jitter: bool, keeps: bool) -> Thefts {
    println!("{thief:?}: seeds 0..{OF}");
    let census = run::count(0..OF, |seed| {
        let plan = Plan { has_jitter, ..Plan::theft(seed, thief, lost_responses) };
        let rule = Ours { keeps, ..Ours::new(plan.window, plan.adopts) };
        run::under(plan, &rule)
    });
    assert_eq!(census.violations, [], "{}", Invariant::I3CopyEndsTheLogin);
    assert_eq!(census.honest_ends(), 0);
    let thefts = census.thieves[&thief].clone();
    assert_eq!(thefts.used, OF, "a copy was not used");
    thefts
}

#[test]
fn a_thief_who_goes_on_ends_the_login() {
    for thief in [Thief::Now, Thief::Later, Thief::Polling, Thief::SamePeriod] {
        let thefts = thefts(thief, 20);
        assert_eq!(thefts.ended, OF, "{thief:?}");
        let (median, most) = (thefts.by_owner.quantile(500), thefts.by_owner.quantile(990));
        assert!(median <= Some(1) && most <= Some(8), "{thief:?}: {median:?}, {most:?} renewals");
    }
}

#[test]
fn a_copy_that_is_used_once_is_good_for_nothing_else() {
    let thefts = thefts(Thief::Once, 20);
    assert_eq!(thefts.still_in, 0);
}

#[test]
fn a_thief_in_step_gets_out_of_it() {
    for thief in [Thief::LockStep, Thief::Aiming, Thief::Following, Thief::Careful, Thief::Ahead] {
        let thefts = thefts(thief, 0);
        assert_eq!(thefts.ended, OF, "{thief:?}");
        assert_eq!(thefts.still_in, 0, "{thief:?}");
    }
}

/// The two things that the rule does for it are enough alone, each for those whom it is made for.
#[test]
fn jitter_or_a_kept_generation_brings_a_thief_out_of_step() {
    for thief in [Thief::LockStep, Thief::Following] {
        let ended = |has_jitter, keeps| thefts_with(thief, 0, has_jitter, keeps).ended;
        assert!(
            ended(false, false) < OF / 2,
            "{thief:?}: with neither, most stay in one window for three days"
        );
        assert_eq!(ended(false, true), OF, "{thief:?}: with kept generations");
        assert_eq!(ended(true, false) == OF, thief == Thief::LockStep, "{thief:?}: with jitter");
    }
}

#[test]
fn no_window_that_compiles_keeps_a_thief_in_step() {
    for window in tables::windows(OF) {
        let (seconds, minutes) = (window.seconds, window.minutes);
        assert_eq!(window.thefts.ended, OF, "W of {seconds} s, tokens of {minutes} minutes");
    }
}

#[test]
fn a_counter_with_difference_one_hardly_ever_sees_a_thief_in_lock_step() {
    let census = run::count(0..OF, |seed| run::under(Plan::theft(seed, Thief::LockStep, 0), &Counter));
    // A message that takes longest may change the order of the two.
    assert!(census.thieves[&Thief::LockStep].ended <= OF / 20);
}
