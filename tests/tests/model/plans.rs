//! Strategies for the plans of hooks.

use proptest::prelude::*;
use proptest::sample::select;

use super::kinds::{Hook, Kind};
use super::script::{End, Failure, Op, Plan, Verdict, What};
use super::strategies::{Kinds, op, resume, write};

pub fn verdict() -> impl Strategy<Value = What> {
    let verdict =
        prop_oneof![2 => Just(Verdict::Expire), 3 => Just(Verdict::Refuse), 2 => Just(Verdict::Forget)];
    verdict.prop_map(What::Judge)
}

pub fn spawn() -> impl Strategy<Value = What> {
    let what = prop_oneof![4 => write(), 1 => Just(What::Read)];
    (what, any::<bool>()).prop_map(|(what, now)| What::Spawn(Box::new(what), now))
}

fn hook_op(kinds: &Kinds) -> BoxedStrategy<Op> {
    let what = prop_oneof![
        2 => Just(What::Read),
        6 => write(),
        4 => spawn(),
        3 => verdict(),
        2 => Just(What::Pause),
        2 => resume(),
    ];
    op(kinds, what)
}

pub fn end() -> impl Strategy<Value = End> {
    let failure =
        prop_oneof![2 => Just(Failure::Own), 1 => Just(Failure::Outage), 1 => Just(Failure::Overload)];
    prop_oneof![7 => Just(End::Fine), 2 => failure.prop_map(End::Fails), 1 => Just(End::Hangs)]
}

fn plan(kinds: &Kinds) -> impl Strategy<Value = (Kind, Hook, Plan)> + use<> {
    let hooked = prop_oneof![
        3 => select(Kind::Access.facts().hooks).prop_map(|hook| (Kind::Access, hook)),
        1 => Just((Kind::Access, Hook::Read)),
        2 => Just((Kind::Access, Hook::Renew)),
        1 => Just((Kind::Access, Hook::Update)),
        3 => select(Kind::Refresh.facts().hooks).prop_map(|hook| (Kind::Refresh, hook)),
    ];
    let own = prop_oneof![3 => Just(true), 1 => Just(false)];
    let ops = prop::collection::vec((own, hook_op(kinds)), 0..4);
    (hooked, ops, end()).prop_map(|((kind, hook), ops, end)| {
        let ops = ops.into_iter().map(|(own, op)| Op { kind: if own { kind } else { op.kind }, ..op });
        (kind, hook, Plan { ops: ops.collect(), end })
    })
}

/// Hooks of two sessions that ask for each other while both are read: one within the other, or side by side,
/// where the first ones pause.
pub fn circle() -> impl Strategy<Value = Vec<(Kind, Hook, Plan)>> {
    let one = |from, to| {
        let hook = match from {
            Kind::Access => {
                prop_oneof![2 => Just(Hook::Read), 1 => Just(Hook::Expire), 2 => Just(Hook::Renew)].boxed()
            }
            _ => prop_oneof![3 => Just(Hook::Read), 1 => Just(Hook::Expire)].boxed(),
        };
        let then =
            prop::collection::vec(prop_oneof![2 => verdict(), 1 => Just(What::Read), 1 => write()], 0..2);
        (any::<bool>(), hook, prop_oneof![Just(What::Read), write()], then).prop_map(
            move |(pauses, hook, what, then)| {
                let mut ops: Vec<_> = then.into_iter().map(|what| Op { kind: from, what }).collect();
                ops.insert(0, Op { kind: to, what });
                if pauses {
                    ops.insert(0, Op { kind: from, what: What::Pause });
                }
                (from, hook, Plan { ops, end: End::Fine })
            },
        )
    };
    let round = (one(Kind::Access, Kind::Refresh), one(Kind::Refresh, Kind::Access));
    prop::collection::vec(round.prop_map(|(a, b)| [a, b]), 1..3).prop_map(|rounds| rounds.concat())
}

pub fn plans(kinds: &Kinds) -> BoxedStrategy<Vec<(Kind, Hook, Plan)>> {
    prop_oneof![5 => prop::collection::vec(plan(kinds), 0..6), 1 => circle()].boxed()
}
