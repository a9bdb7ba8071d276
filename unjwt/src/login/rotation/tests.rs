use super::Decision::{Ended, Issue, Reuse, Serve};
use super::*;

const W: u64 = 30_000;
const RULE: Rule = Rule { window: W, adopts: false };
const RECORD: Generations = Generations { current: 7, parent: 6, floor: 5, at: 1_000_000 };

fn write(current: u64, parent: u64, floor: u64, at: u64) -> Decision {
    Decision::Write { record: Generations { current, parent, floor, at }, issues: true }
}

/// A renewal that begins a generation.
const BEGINS: Option<Renewal> = Some(Renewal { draw: 1, is_urgent: false });
/// One that keeps it, unless the login is young.
const KEEPS: Option<Renewal> = Some(Renewal { draw: 0, is_urgent: false });

fn at(age: u64, n: u64, renewal: Option<Renewal>) -> Decision {
    decide(Some(&RECORD), Some(n), RECORD.at + age, RULE, renewal)
}

#[test]
fn the_table_holds_line_by_line() {
    for (age, n, reads, renews) in [
        (0, 7, Serve, Serve),
        (W - 1, 7, Serve, Serve),
        (W, 7, Serve, write(8, 7, 6, RECORD.at + W)),
        (100 * W, 7, Serve, write(8, 7, 6, RECORD.at + 100 * W)),
        (0, 6, Serve, Issue(RECORD)),
        (W, 6, Serve, Issue(RECORD)),
        (W + 1, 6, Serve, Serve),
        (2 * W, 6, Serve, Serve),
        (2 * W + 1, 6, Serve, write(8, 6, 6, RECORD.at + 2 * W + 1)),
        (0, 5, Serve, Serve),
        (W, 5, Serve, Serve),
        (W + 1, 5, Reuse, Reuse),
        (0, 4, Reuse, Reuse),
        (100 * W, 1, Reuse, Reuse),
    ] {
        assert_eq!((at(age, n, None), at(age, n, BEGINS)), (reads, renews), "{n} at the age of {age} ms");
    }
}

#[test]
fn one_renewal_of_four_keeps_the_generation_of_a_login_that_is_not_young() {
    for current in 1..20 {
        let record = Generations { current, parent: current - 1, floor: 0, at: RECORD.at };
        let renewed = |age, n, draw, is_urgent| {
            decide(Some(&record), Some(n), record.at + age, RULE, Some(Renewal { draw, is_urgent }))
        };
        let kept = write(current, record.parent, record.floor, record.at);
        let begun = write(current + 1, current, record.parent, record.at + W);
        for (draw, is_urgent) in (0..8).flat_map(|draw| [(draw, false), (draw, true)]) {
            let is_kept = current > 8 && draw % 4 == 0;
            let renewed = |age, n| renewed(age, n, draw, is_urgent);
            assert_eq!(renewed(W, current), if is_kept { kept } else { begun }, "{current}, {draw}");
            assert_eq!(renewed(0, current), Serve, "within the window");
            let tab = if is_kept && !is_urgent { Serve } else { Issue(record) };
            assert_eq!(renewed(W, record.parent), tab, "another tab");
            let lost = write(current + 1, record.parent, record.parent, record.at + 3 * W);
            assert_eq!(renewed(3 * W, record.parent), lost, "the response was lost");
        }
    }
}

#[test]
fn a_token_whose_parent_was_renewed_again_is_a_copy() {
    // 7 was taken for lost, and 6 renewed once more.
    let record = Generations { current: 8, parent: 6, floor: 6, at: 1_000_000 };
    for renewal in [None, BEGINS, KEEPS] {
        for age in [0, W, 100 * W] {
            assert_eq!(decide(Some(&record), Some(7), record.at + age, RULE, renewal), Reuse, "{age}");
        }
    }
}

#[test]
fn a_token_without_a_generation_is_older_than_the_first() {
    let first = Generations::first(5);
    for renewal in [None, BEGINS, KEEPS] {
        assert_eq!(decide(Some(&RECORD), None, RECORD.at, RULE, renewal), Reuse);
    }
    assert_eq!(decide(None, None, 5, RULE, None), Serve);
    assert_eq!(decide(None, None, 5, RULE, BEGINS), Decision::Write { record: first, issues: true });
    assert_eq!(
        decide(Some(&first), None, 5 + W, RULE, BEGINS),
        Issue(first),
        "another tab with the old token"
    );
}

#[test]
fn a_missing_record_is_an_end_unless_it_is_adopted() {
    let adopts = Rule { adopts: true, ..RULE };
    for renewal in [None, BEGINS, KEEPS] {
        assert_eq!(decide(None, Some(3), 9, RULE, renewal), Ended);
        let adopted = Generations { current: 3, parent: 3, floor: 0, at: 9 };
        let expected = Decision::Write { record: adopted, issues: false };
        assert_eq!(decide(None, Some(3), 9, adopts, renewal), expected);
    }
}

#[test]
fn a_store_that_went_back_ends_nobody() {
    let Decision::Write { record, issues: false } = at(3 * W, 9, BEGINS) else { panic!("not written") };
    assert_eq!(record, Generations { current: 9, parent: 9, floor: 5, at: RECORD.at + 3 * W });
    for n in 5..=9 {
        for age in [W, 100 * W] {
            assert_eq!(decide(Some(&record), Some(n), record.at + age, RULE, None), Serve, "{n}");
        }
    }
    assert_eq!(decide(Some(&record), Some(4), record.at, RULE, None), Reuse);
}

#[test]
fn any_generation_may_be_the_parent_of_one_that_the_store_has_forgotten() {
    let record = Generations { current: 9, parent: 9, floor: 5, at: 1_000_000 };
    let at = |age: u64, n: u64| decide(Some(&record), Some(n), record.at + age, RULE, BEGINS);
    assert_eq!(at(W, 6), Issue(record));
    assert_eq!(at(2 * W, 6), Serve);
    assert_eq!(at(3 * W, 6), write(10, 6, 5, record.at + 3 * W));
    // What is under way then is still tolerated, and no longer a parent.
    assert_eq!(at(W, 9), write(10, 9, 5, record.at + W));
    let next = Generations { current: 10, parent: 9, floor: 5, at: record.at + W };
    assert_eq!(decide(Some(&next), Some(6), next.at + W, RULE, BEGINS), Serve);
    assert_eq!(decide(Some(&next), Some(6), next.at + W + 1, RULE, BEGINS), Reuse);
}

#[test]
fn a_clock_that_runs_ahead_is_no_reason_to_end_a_login() {
    for n in [5, 6, 7] {
        assert_eq!(decide(Some(&RECORD), Some(n), RECORD.at - 5_000, RULE, None), Serve, "{n}");
    }
}
