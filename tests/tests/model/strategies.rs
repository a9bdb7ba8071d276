//! How sequences are drawn. The larger strategies are boxed: their trees would fill a test's stack.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::kinds::{Hook, Kind};
use super::script::{Change, End, Mischief, Op, Plan, Script, Size, Sketch, Step, Visit, What};

/// A sequence is about a few kinds, so that its operations meet.
type Kinds = Vec<Kind>;

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

fn sketch() -> impl Strategy<Value = Sketch> {
    (0..3u8, 0..10u32, prop::option::of(size())).prop_map(|(who, count, note)| Sketch { who, count, note })
}

fn change() -> impl Strategy<Value = Change> {
    (1..10u32, prop::option::weighted(0.5, prop::option::weighted(0.7, size())))
        .prop_map(|(add, note)| Change { add, note })
}

fn write() -> BoxedStrategy<What> {
    prop_oneof![
        8 => sketch().prop_map(What::Replace),
        3 => (sketch(), any::<[bool; 3]>()).prop_map(|(sketch, with)| What::Update(sketch, with)),
        3 => change().prop_map(What::UpdateWith),
        2 => Just(What::Rotate),
        2 => Just(What::Clear),
    ]
    .boxed()
}

fn op(kinds: &Kinds, what: impl Strategy<Value = What> + 'static) -> BoxedStrategy<Op> {
    (kind(kinds), what).prop_map(|(kind, what)| Op { kind, what }).boxed()
}

fn handler_op(kinds: &Kinds) -> BoxedStrategy<Op> {
    let what = prop_oneof![
        6 => Just(What::Read),
        2 => Just(What::Extract),
        1 => Just(What::Abandon),
        9 => write(),
        1 => (1..400u64).prop_map(What::Tick),
        2 => [(change(), any::<bool>()), (change(), any::<bool>())].prop_map(What::Together),
    ];
    op(kinds, what)
}

fn plan(kinds: &Kinds) -> impl Strategy<Value = (Kind, Hook, Plan)> + use<> {
    let hooked = prop_oneof![
        3 => select(Kind::Access.facts().hooks).prop_map(|hook| (Kind::Access, hook)),
        2 => Just((Kind::Access, Hook::Renew)),
        2 => select(Kind::Refresh.facts().hooks).prop_map(|hook| (Kind::Refresh, hook)),
    ];
    let end = prop_oneof![5 => Just(End::Fine), 2 => Just(End::Fails), 2 => Just(End::Refuses)];
    let own = prop_oneof![2 => Just(true), 1 => Just(false)];
    let op = (own, op(kinds, prop_oneof![1 => Just(What::Read), 3 => write()]));
    (hooked, prop::collection::vec(op, 0..3), end).prop_map(|((kind, hook), ops, end)| {
        let ops = ops.into_iter().map(|(own, op)| Op { kind: if own { kind } else { op.kind }, ..op });
        (kind, hook, Plan { ops: ops.collect(), end })
    })
}

/// Hooks of two sessions that ask for each other while both are read.
fn circle() -> impl Strategy<Value = Vec<(Kind, Hook, Plan)>> {
    let one = |from, to| {
        let hooks = prop_oneof![2 => Just(Hook::Read), 1 => Just(Hook::Expire)];
        (hooks, prop_oneof![Just(What::Read), write()]).prop_map(move |(hook, what)| {
            (from, hook, Plan { ops: vec![Op { kind: to, what }], end: End::Fine })
        })
    };
    (one(Kind::Access, Kind::Refresh), one(Kind::Refresh, Kind::Access)).prop_map(|(a, b)| vec![a, b])
}

fn plans(kinds: &Kinds) -> BoxedStrategy<Vec<(Kind, Hook, Plan)>> {
    prop_oneof![5 => prop::collection::vec(plan(kinds), 0..4), 1 => circle()].boxed()
}

fn script(kinds: &Kinds) -> BoxedStrategy<Script> {
    let look = prop_oneof![Just(What::Read), Just(What::Extract)];
    let read_only = prop::collection::vec(op(kinds, look), 0..4).prop_map(|ops| Script {
        before: Vec::new(),
        ops,
        plans: Vec::new(),
        fails: false,
    });
    let any_ops = (
        prop::collection::vec(handler_op(kinds), 0..2),
        prop::collection::vec(handler_op(kinds), 0..5),
        plans(kinds),
        any::<bool>(),
    )
        .prop_map(|(before, ops, plans, fails)| Script { before, ops, plans, fails });
    prop_oneof![1 => read_only, 4 => any_ops].boxed()
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

/// A request with these operations, from a browser that does at most this to its cookies.
fn plain_visit(ops: Vec<Op>, mischief: Option<Mischief>) -> Step {
    Step::Visit(Visit {
        path: "/app/run",
        mischief: mischief.into_iter().collect(),
        header: None,
        without_router: false,
        script: Script { before: Vec::new(), ops, plans: Vec::new(), fails: false },
    })
}

/// A browser that sends one session twice, both in chunks: one that has expired, and one that is valid.
fn two_sets() -> impl Strategy<Value = Vec<Step>> {
    let outlived = select(&[(Kind::Page, 1805), (Kind::Access, 300), (Kind::Refresh, 86_400)][..]);
    (outlived, 0..1000usize, any::<(Index, bool)>()).prop_map(|((kind, age), size, (older, before))| {
        let op = |what| vec![Op { kind, what }];
        let chunks = |size| op(What::Replace(Sketch { who: 1, count: 1, note: Some(Size::Several(size)) }));
        vec![
            plain_visit(chunks(size), None),
            Step::Remember,
            Step::Forward(age),
            plain_visit(chunks(size + 7), None),
            plain_visit(op(What::Read), Some(Mischief::AddOlder(older, before))),
        ]
    })
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let few = prop::sample::subsequence(&Kind::ALL[..], 1..=3);
    prop_oneof![3 => few, 1 => Just(vec![Kind::Access, Kind::Refresh])].prop_flat_map(|kinds| {
        // Begins every session.
        let start = What::Replace(Sketch { who: 0, count: 1, note: None });
        let start = kinds.iter().map(|kind| Op { kind: *kind, what: start.clone() }).collect();
        let first = prop_oneof![
            4 => Just(Vec::new()),
            4 => Just(vec![plain_visit(start, None)]),
            1 => two_sets(),
        ];
        (first, prop::collection::vec(step(&kinds), 1..30))
            .prop_map(|(first, then)| first.into_iter().chain(then).collect())
    })
}
