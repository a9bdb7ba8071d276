//! Stores that break one rule each, and the rule that catches it.

// A test that cannot go on fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "broken/store.rs"]
mod store;

use std::collections::BTreeSet;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use store::{Flaw, Flawed};
use unjwt_store::conformance::{self, Suite, Task};

fn spawn(task: Task) {
    tokio::spawn(task);
}

fn suite(flaw: Flaw) -> Suite<Flawed> {
    let store = Flawed::new(flaw);
    let another = store.another();
    Suite::with_another(store, another, spawn)
}

/// Runs a rule on a runtime of its own and returns the message with which it failed.
fn fails(rule: impl Future<Output = ()>) -> Option<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let run = || runtime.block_on(Suite::run(rule));
    let panic = std::panic::catch_unwind(AssertUnwindSafe(run)).err()?;
    Some(*panic.downcast::<String>().expect("a message of the suite"))
}

/// One test for each flaw, and the list of what is caught.
macro_rules! caught {
    ($($flaw:ident: $rule:ident, $says:literal;)*) => {
        $(
            #[test]
            #[allow(non_snake_case)]
            fn $flaw() {
                let message = fails(conformance::$rule(&suite(Flaw::$flaw)));
                let message = message.expect("the rule does not see the flaw");
                assert!(message.contains("rule: \"") && message.contains($says), "{message}");
            }
        )*

        const CAUGHT: &[&str] = &[$(stringify!($rule)),*];
    };
}

caught! {
    ComparesBeforeItWrites: one_creator_wins, "swaps with `was: None` returned `true`";
    ComparesBeforeItWrites2: a_counter_under_contention_loses_nothing, "and the counter is";
    WritesInTwoSteps: a_counter_under_contention_loses_nothing, "a mixture of two values";
    IgnoresWas: a_stale_version_loses, "the version of a value that was replaced returned `true`";
    LosesAndWrites: a_stale_version_loses, "returned `false` and changed the record";
    NoneOverwrites: nobody_creates_what_is_present, "although there is a record";
    SomeCreates: nobody_replaces_what_is_absent, "although there is no record";
    NewVersionForEachLoad: versions_are_stable, "different versions";
    OneVersion: versions_are_stable, "a version that an earlier value had";
    CachesLoads: another_handle_sees_every_swap, "did not contain it";
    TornByADrop: a_dropped_swap_is_atomic, "a value that is neither";
    LockedByADrop: a_dropped_swap_is_atomic, "returned `false` twice";
    NeverExpires: an_expired_record_is_absent, "seconds after its end";
    ExpiresForLoadsOnly: an_expired_record_is_absent, "although the record is absent or expired";
    ComparesWithExpired: an_expired_record_is_absent, "the version of an expired record";
    ManyRenew: one_creator_wins_after_the_end, "swaps with `was: None` returned `true`";
    StartsAgain: a_version_from_before_the_end_loses, "a version from before the end";
    KeepsTheFirstEnd: an_end_is_moved_later, "a later one";
    NeverShortens: an_end_is_moved_earlier, "be it earlier or later";
    LosesAndMovesTheEnd: a_lost_swap_moves_no_end, "moved the end";
    KeepsThePast: an_end_that_has_passed_makes_the_record_absent, "an end in the past";
    ThirtyTwoBits: an_end_in_the_year_9999_is_kept, "the year 9999 is absent";
    ForgetsTheKind: keys_are_told_apart, "taken for another";
    ForgetsTheLastByte: keys_are_told_apart, "taken for another";
    LossyText: any_bytes_are_kept, "came back";
    Truncates: any_bytes_are_kept, "4096 bytes were written, and 4095 bytes came back";
    TakesEmptyForAbsent: any_bytes_are_kept, "0 bytes";
    SortsBatches: a_batch_keeps_the_order_of_its_keys, "not in the order";
    LeavesOutAbsent: a_batch_keeps_the_order_of_its_keys, "led to";
    LeavesOutRepeated: a_batch_keeps_the_order_of_its_keys, "led to";
    FewerKeys: a_batch_may_have_no_keys_or_a_hundred, "100 keys";
    NoKeysIsOne: a_batch_may_have_no_keys_or_a_hundred, "led to 1 elements";
}

#[test]
fn every_rule_catches_a_store() {
    let rules: BTreeSet<&str> = conformance::RULES.iter().copied().collect();
    assert_eq!(rules, CAUGHT.iter().copied().collect());
}

#[test]
fn an_outage_during_the_tests_is_told() {
    let message = fails(conformance::a_stale_version_loses(&suite(Flaw::IsOut)));
    assert_eq!(message.as_deref(), Some("the store is out: the server is gone"));
}

#[test]
fn a_panic_of_the_store_in_a_race_is_told() {
    let message = fails(conformance::one_creator_wins(&suite(Flaw::Panics))).unwrap();
    assert!(message.contains("the store panicked in a task"), "{message}");
}
