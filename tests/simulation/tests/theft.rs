//! The fate of thieves under the product's rule.

use unjwt_simulation::invariants::Invariant;
use unjwt_simulation::plan::{Plan, Thief};
use unjwt_simulation::rules::Counter;
use unjwt_simulation::{census::Thefts, run, tables};

const OF: u64 = 100;

/// Runs thefts by one kind of thief.
fn thefts(thief: Thief, has_jitter: bool, lost_responses: u64) -> Thefts {
    println!("{thief:?}: seeds 0..{OF}");
    let census =
        run::count(0..OF, |seed| run::ours(Plan { has_jitter, ..Plan::theft(seed, thief, lost_responses) }));
    assert_eq!(census.violations, [], "{}", Invariant::I3CopyEndsTheLogin);
    assert_eq!(census.honest_ends(), 0);
    let thefts = census.thieves[&thief].clone();
    assert_eq!(thefts.used, OF, "a copy was not used");
    thefts
}

#[test]
fn a_thief_who_goes_on_ends_the_login() {
    for thief in [Thief::Now, Thief::Later, Thief::Polling, Thief::SamePeriod] {
        let thefts = thefts(thief, true, 20);
        assert_eq!(thefts.ended, OF, "{thief:?}");
        let (median, most) = (thefts.by_owner.quantile(500), thefts.by_owner.quantile(990));
        assert!(median <= Some(1) && most <= Some(8), "{thief:?}: {median:?}, {most:?} renewals");
    }
}

#[test]
fn a_copy_that_is_used_once_is_good_for_nothing_else() {
    let thefts = thefts(Thief::Once, true, 20);
    assert_eq!(thefts.still_in, 0);
}

#[test]
fn jitter_brings_a_thief_in_lock_step_out_of_it() {
    for thief in [Thief::LockStep, Thief::Aiming] {
        assert_eq!(thefts(thief, true, 0).ended, OF, "{thief:?}");
    }
    let ended = thefts(Thief::LockStep, false, 0).ended;
    assert!(ended < OF / 2, "without it, most stay in one window for three days, but {ended} did not");
}

#[test]
fn jitter_outlasts_every_window_that_compiles() {
    for window in tables::windows(OF) {
        let (seconds, minutes) = (window.seconds, window.minutes);
        assert_eq!(window.thefts.ended, OF, "W of {seconds} s, tokens of {minutes} minutes");
    }
}

#[test]
fn a_counter_with_difference_one_never_sees_a_thief_in_lock_step() {
    let census = run::count(0..OF, |seed| run::under(Plan::theft(seed, Thief::LockStep, 0), &Counter));
    assert_eq!(census.thieves[&Thief::LockStep].ended, 0);
}
