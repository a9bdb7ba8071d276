//! Strategies for sequences. The larger ones are boxed, since their trees would overflow a test's stack.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::kinds::Kind;
use super::plans::plans;
use super::script::{Answers, Change, Mischief, Op, Script, Size, Sketch, Step, Then, Visit, What};
use super::situations::situation;

/// A sequence is about a few kinds, so that its operations meet.
pub type Kinds = Vec<Kind>;

fn kind(kinds: &Kinds) -> impl Strategy<Value = Kind> + use<> {
    select(kinds.clone())
}

fn size() -> impl Strategy<Value = Size> {
    prop_oneof![
        8 => any::<usize>().prop_map(Size::Small),
        5 => any::<usize>().prop_map(Size::Edge),
        6 => any::<usize>().prop_map(Size::Several),
        2 => Just(Size::TooLarge),
        1 => Just(Size::Unserialisable),
    ]
}

pub fn sketch() -> impl Strategy<Value = Sketch> {
    (0..3u8, 0..10u32, prop::option::of(size())).prop_map(|(who, count, note)| Sketch { who, count, note })
}

pub fn change() -> impl Strategy<Value = Change> {
    (1..10u32, prop::option::weighted(0.5, prop::option::weighted(0.7, size())))
        .prop_map(|(add, note)| Change { add, note })
}

pub fn write() -> BoxedStrategy<What> {
    prop_oneof![
        8 => sketch().prop_map(What::Replace),
        3 => (sketch(), any::<[bool; 3]>()).prop_map(|(sketch, with)| What::Update(sketch, with)),
        3 => change().prop_map(What::UpdateWith),
        2 => change().prop_map(What::UpdateOrDefault),
        2 => Just(What::Rotate),
        2 => Just(What::Clear),
        1 => Just(What::Take),
    ]
    .boxed()
}

pub fn op(kinds: &Kinds, what: impl Strategy<Value = What> + 'static) -> BoxedStrategy<Op> {
    (kind(kinds), what).prop_map(|(kind, what)| Op { kind, what }).boxed()
}

pub fn resume() -> impl Strategy<Value = What> {
    let then = prop_oneof![4 => Just(Then::GoesOn), 1 => Just(Then::IsCutOff)];
    (any::<usize>(), then).prop_map(|(pick, then)| What::Resume(pick, then))
}

fn handler_op(kinds: &Kinds) -> BoxedStrategy<Op> {
    let what = prop_oneof![
        6 => Just(What::Read),
        2 => Just(What::Extract),
        1 => Just(What::Abandon),
        9 => write(),
        1 => Just(What::LogOut),
        1 => (1..400u64).prop_map(What::Tick),
        2 => [(change(), any::<bool>()), (change(), any::<bool>())].prop_map(What::Together),
        5 => resume(),
    ];
    op(kinds, what)
}

/// An operation after the response has been sent.
fn late_op(kinds: &Kinds) -> BoxedStrategy<Op> {
    op(kinds, prop_oneof![2 => Just(What::Read), 3 => write(), 1 => Just(What::LogOut), 3 => resume()])
}

fn script(kinds: &Kinds) -> BoxedStrategy<Script> {
    let look = prop_oneof![Just(What::Read), Just(What::Extract)];
    let read_only = prop::collection::vec(op(kinds, look), 0..4).prop_map(plain);
    let answer =
        prop_oneof![4 => Just(Answers::Fine), 2 => Just(Answers::Fails), 1 => Just(Answers::IsDropped)];
    let any_ops = (
        prop::collection::vec(handler_op(kinds), 0..2),
        prop::collection::vec(handler_op(kinds), 0..6),
        prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec(late_op(kinds), 1..4)],
        plans(kinds),
        answer,
    )
        .prop_map(|(before, ops, after, plans, answer)| Script { before, ops, after, plans, answer });
    prop_oneof![1 => read_only, 4 => any_ops].boxed()
}

/// These operations of a handler, and nothing else.
pub fn plain(ops: Vec<Op>) -> Script {
    Script { before: Vec::new(), ops, after: Vec::new(), plans: Vec::new(), answer: Answers::Fine }
}

fn mischief(kinds: &Kinds) -> impl Strategy<Value = Mischief> + use<> {
    prop_oneof![
        any::<Index>().prop_map(Mischief::Drop),
        any::<Index>().prop_map(Mischief::Duplicate),
        any::<(Index, Index)>().prop_map(|(a, b)| Mischief::Swap(a, b)),
        (any::<Index>(), 0..100usize).prop_map(|(at, keep)| Mischief::Truncate(at, keep)),
        (kind(kinds), select(&Kind::ALL[..])).prop_map(|(from, to)| Mischief::Move(from, to)),
        any::<Index>().prop_map(Mischief::SendOlder),
        any::<(Index, bool)>().prop_map(|(at, before)| Mischief::AddOlder(at, before)),
    ]
}

fn visit(kinds: &Kinds) -> BoxedStrategy<Visit> {
    (
        prop_oneof![4 => Just("/app/run"), 1 => Just("/run")],
        prop_oneof![3 => Just(Vec::new()), 1 => prop::collection::vec(mischief(kinds), 1..4)],
        prop::option::weighted(0.1, (kind(kinds), any::<Index>(), any::<bool>())),
        prop::bool::weighted(0.25),
        script(kinds),
    )
        .prop_map(|(path, mischief, header, without_router, script)| Visit {
            path,
            mischief,
            header,
            without_router,
            script,
        })
        .boxed()
}

fn step(kinds: &Kinds) -> impl Strategy<Value = Step> + use<> {
    prop_oneof![
        16 => visit(kinds).prop_map(Step::Visit),
        2 => ([visit(kinds), visit(kinds)], any::<bool>())
            .prop_map(|(tabs, swapped)| Step::Race { tabs, swapped }),
        3 => select(&[1, 29, 299, 300, 301, 1799, 1800, 1804, 1805, 3600, 90_000][..]).prop_map(Step::Forward),
        1 => (1..40u64).prop_map(Step::Back),
        1 => Just(Step::Remember),
        1 => any::<Index>().prop_map(Step::Restore),
        1 => Just(Step::Reopen),
        1 => sketch().prop_map(Step::Lend),
    ]
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let few = prop::sample::subsequence(&Kind::ALL[..], 1..=3);
    prop_oneof![2 => few, 1 => Just(vec![Kind::Access, Kind::Refresh])].prop_flat_map(|kinds| {
        // Begins every session.
        let start = What::Replace(Sketch { who: 0, count: 1, note: None });
        let start = kinds.iter().map(|kind| Op { kind: *kind, what: start.clone() }).collect();
        let first = prop_oneof![
            4 => Just(Vec::new()),
            4 => Just(vec![Step::Visit(Visit::of(plain(start)))]),
            8 => prop::collection::vec(situation(), 1..6).prop_map(|situations| situations.concat()),
        ];
        (first, prop::collection::vec(step(&kinds), 1..25))
            .prop_map(|(first, then)| first.into_iter().chain(then).collect())
    })
}
