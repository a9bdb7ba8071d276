//! Situations that random requests seldom meet.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::kinds::{Hook, Kind};
use super::plans::{circle, end, spawn, verdict};
use super::script::{End, Failure, Mischief, Op, Plan, Script, Size, Sketch, Step, Then, Visit, What};
use super::strategies::{plain, write};

type Plans = Vec<(Kind, Hook, Plan)>;

pub fn situation() -> BoxedStrategy<Vec<Step>> {
    prop_oneof![
        2 => two_sets(),
        8 => two_candidates(),
        3 => rejected(),
        3 => side_by_side(),
        3 => given_up(),
        2 => late(),
        4 => logout(),
    ]
    .boxed()
}

fn visit(script: Script) -> Step {
    Step::Visit(Visit::of(script))
}

fn mischievous(mischief: Mischief, script: Script) -> Step {
    Step::Visit(Visit { mischief: vec![mischief], ..Visit::of(script) })
}

/// A request that begins these sessions.
fn begin(kinds: &[Kind], count: u32) -> Step {
    let what = What::Replace(Sketch { who: 0, count, note: None });
    visit(plain(kinds.iter().map(|kind| Op { kind: *kind, what: what.clone() }).collect()))
}

fn read(kind: Kind) -> Op {
    Op { kind, what: What::Read }
}

/// The task that has waited for the longest time goes on.
fn go_on(kind: Kind) -> Op {
    Op { kind, what: What::Resume(0, Then::GoesOn) }
}

/// Operations of a hook on its own session.
fn own_ops(kind: Kind, most: usize) -> impl Strategy<Value = Vec<Op>> {
    let what = prop_oneof![
        6 => write(),
        4 => spawn(),
        2 => Just(What::Clear),
        3 => Just(What::Resume(0, Then::GoesOn)),
    ];
    prop::collection::vec(what.prop_map(move |what| Op { kind, what }), 0..=most)
}

fn hooked() -> impl Strategy<Value = Kind> {
    select(&[Kind::Access, Kind::Refresh][..])
}

/// A browser that sends one session twice, both in chunks: one that has expired, and one that is valid.
fn two_sets() -> impl Strategy<Value = Vec<Step>> {
    let outlived = select(&[(Kind::Page, 1805), (Kind::Access, 300), (Kind::Refresh, 86_400)][..]);
    (outlived, 0..1000usize, any::<(Index, bool)>()).prop_map(|((kind, age), size, (older, before))| {
        let op = |what| vec![Op { kind, what }];
        let chunks = |size| op(What::Replace(Sketch { who: 1, count: 1, note: Some(Size::Several(size)) }));
        vec![
            visit(plain(chunks(size))),
            Step::Remember,
            Step::Forward(age),
            visit(plain(chunks(size + 7))),
            mischievous(Mischief::AddOlder(older, before), plain(op(What::Read))),
        ]
    })
}

/// A browser that sends two tokens of one session: both are good, and `on_read` refuses the first, and
/// perhaps the second; or one has expired, and `on_read` refuses the other.
fn two_candidates() -> impl Strategy<Value = Vec<Step>> {
    hooked().prop_flat_map(|kind| {
        let plan = move |judges: bool| {
            let parts = (own_ops(kind, 2), verdict(), own_ops(kind, 1), end());
            parts.prop_map(move |(mut ops, verdict, more, end)| {
                ops.extend(judges.then_some(Op { kind, what: verdict }));
                ops.extend(more);
                (kind, Hook::Read, Plan { ops, end })
            })
        };
        let second = prop_oneof![3 => Just(false), 2 => Just(true)].prop_flat_map(plan);
        let left = prop::option::of(spawn());
        let parts = (plan(true), second, left, any::<(Index, bool)>(), prop::bool::weighted(0.4));
        parts.prop_map(move |(mut one, mut two, left, (older, before), outlived)| {
            if let Some(what) = left {
                // The task that the first hook leaves behind continues in the second.
                one.2.ops.insert(0, Op { kind, what });
                two.2.ops.insert(0, go_on(kind));
            }
            let ops = vec![read(kind), go_on(kind), read(kind), go_on(kind)];
            let asked = Script { plans: vec![one, two], ..plain(ops) };
            let older = Mischief::AddOlder(older, before);
            let mut steps = vec![begin(&[kind], 1), Step::Remember];
            steps.extend(outlived.then(|| Step::Forward(kind.facts().max_age.unwrap())));
            steps.extend([begin(&[kind], 2), mischievous(older, asked)]);
            steps
        })
    })
}

/// A token that is broken, told to `on_error` and renewed.
fn rejected() -> impl Strategy<Value = Vec<Step>> {
    let kind = Kind::Access;
    let renewal = prop::collection::vec(write().prop_map(move |what| Op { kind, what }), 1..3);
    (own_ops(kind, 1), renewal, end(), end(), any::<Index>()).prop_map(
        move |(told, renewal, one, two, at)| {
            let plans = vec![
                (kind, Hook::Error, Plan { ops: told, end: one }),
                (kind, Hook::Renew, Plan { ops: renewal, end: two }),
            ];
            let broken = Mischief::Truncate(at, 60);
            let asked = Script { plans, ..plain(vec![read(kind), read(kind)]) };
            vec![begin(&[kind], 1), mischievous(broken, asked)]
        },
    )
}

/// Two tasks whose hooks ask for each other's session.
fn side_by_side() -> impl Strategy<Value = Vec<Step>> {
    let pausing = |mut plans: Plans| {
        for (kind, _, plan) in &mut plans[..1] {
            plan.ops.insert(0, Op { kind: *kind, what: What::Pause });
        }
        plans
    };
    let begun = prop_oneof![1 => Just(vec![Kind::Refresh]), 1 => Just(vec![Kind::Access, Kind::Refresh])];
    (begun, circle().prop_map(pausing), any::<bool>()).prop_map(|(begun, plans, turned)| {
        let mut both = [Kind::Access, Kind::Refresh];
        if turned {
            both.reverse();
        }
        let mut ops: Vec<_> = both.map(read).into();
        ops.extend(std::iter::repeat_n(go_on(both[0]), 5));
        ops.extend(both.map(read));
        vec![begin(&begun, 1), visit(Script { plans, ..plain(ops) })]
    })
}

/// A reading that fails or is cut off after its hook has written, and is begun anew.
fn given_up() -> impl Strategy<Value = Vec<Step>> {
    hooked().prop_flat_map(|kind| {
        let ends = end().prop_filter("it does not end well", |end| *end != End::Fine);
        (own_ops(kind, 3), ends, own_ops(kind, 1)).prop_map(move |(ops, ends, then)| {
            let plans = vec![
                (kind, Hook::Read, Plan { ops, end: ends }),
                (kind, Hook::Read, Plan { ops: then, end: End::Fine }),
            ];
            let ops = vec![read(kind), go_on(kind), read(kind)];
            vec![begin(&[kind], 1), visit(Script { plans, ..plain(ops) })]
        })
    })
}

/// A logout while the session is read, and perhaps an `on_clear` that fails.
fn logout() -> impl Strategy<Value = Vec<Step>> {
    let cleared = prop_oneof![1 => end(), 1 => Just(End::Fails(Failure::Own))].boxed();
    hooked().prop_flat_map(move |kind| {
        (own_ops(kind, 1), prop::option::of(verdict()), own_ops(kind, 1), cleared.clone()).prop_map(
            move |(mut ops, verdict, more, cleared)| {
                ops.push(Op { kind, what: What::Pause });
                ops.extend(verdict.map(|what| Op { kind, what }));
                ops.extend(more);
                let plans = vec![
                    (kind, Hook::Read, Plan { ops, end: End::Fine }),
                    (kind, Hook::Clear, Plan { ops: Vec::new(), end: cleared }),
                ];
                let ops = vec![read(kind), Op { kind, what: What::LogOut }, go_on(kind), read(kind)];
                vec![begin(&[kind], 1), visit(Script { plans, ..plain(ops) })]
            },
        )
    })
}

/// A write whose `on_update` has not returned when the response goes; others before and after it.
fn late() -> impl Strategy<Value = Vec<Step>> {
    (hooked(), prop::collection::vec((write(), any::<bool>()), 1..4)).prop_map(|(kind, writes)| {
        let pause = Op { kind, what: What::Pause };
        let plans = writes.iter().map(|(_, pauses)| {
            let ops = if *pauses { vec![pause.clone()] } else { Vec::new() };
            (kind, Hook::Update, Plan { ops, end: End::Fine })
        });
        let plans = plans.collect();
        let ops = writes.into_iter().map(|(what, _)| Op { kind, what }).collect();
        vec![begin(&[kind], 1), visit(Script { plans, ..plain(ops) })]
    })
}
