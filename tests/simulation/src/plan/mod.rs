//! The contents of a schedule. All of it follows from the seed.

mod adversary;
mod browser;
mod theft;

pub use theft::{THIEVES, Theft, Thief};

use crate::prng::Prng;
use crate::queue::Millis;

/// The true time at which every login begins.
pub const START: Millis = 1_000_000_000_000;
pub const SECOND: Millis = 1_000;
pub const MINUTE: Millis = 60 * SECOND;
pub const HOUR: Millis = 60 * MINUTE;
pub const DAY: Millis = 24 * HOUR;

/// The subject of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Delays at the edge of the promise, lost and duplicated messages, an unreliable store.
    Adversary,
    /// The same, and a store that forgets its last writes.
    FailOver,
    /// The same, and the user signs out in the midst of it.
    Logout,
    /// One response is lost, and the browser comes back much later.
    OneLost,
    /// A browser over three days.
    Browser,
    /// A browser over three days, and a thief.
    Theft,
}

pub const KINDS: [Kind; 6] =
    [Kind::Adversary, Kind::FailOver, Kind::Logout, Kind::OneLost, Kind::Browser, Kind::Theft];

/// The distribution of a schedule's delays.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Any as likely as another.
    Even,
    /// Mostly none or the longest.
    Edges,
    /// 20 to 400 ms, one in a hundred anything up to the longest.
    Typical,
}

/// A schedule: the world, and what its browser does in it.
#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub kind: Kind,
    /// W of the rule.
    pub window: Millis,
    /// A clock is off by at most this, in either direction.
    pub skew: Millis,
    /// A clock is off by another time at each reading, instead of by the same always.
    pub wobbles: bool,
    pub machines: usize,
    /// The longest way of a message, without the time that the store takes.
    pub delay: Millis,
    pub shape: Shape,
    /// The longest time from a load to its swap.
    pub latency: Millis,
    /// The number of swaps of a request that may be lost until it is answered with 503.
    pub tries: u32,
    /// A renewal is due this long after the last one.
    pub lifetime: Millis,
    /// A part of the lifetime is taken off at random.
    pub has_jitter: bool,
    /// Each request presents the token to the rule, not only one whose renewal is due.
    pub asks_always: bool,
    /// A response moves the next renewal although it carries no token: the access token alone is new.
    pub defers: bool,
    /// A login without a record is taken over.
    pub adopts: bool,
    /// Of a thousand messages or accesses each.
    pub lost_requests: u64,
    pub lost_responses: u64,
    pub duplicated: u64,
    pub unavailable: u64,
    /// Of a thousand requests, those whose response can carry no token.
    pub read_only: u64,
    /// Of a thousand responses, those that are followed by another request at once.
    pub chained: u64,
    /// The number of times that a request without an answer is sent again, and the most time until then.
    pub retries: u32,
    pub patience: Millis,
    /// Only this one of the responses that carry a token is lost.
    pub loses: Option<u64>,
    /// When the browser sends requests.
    pub sends: Vec<Millis>,
    /// A tab that renews as soon as that is due, and asks this often until it is done.
    pub polls: Option<Millis>,
    /// When the store forgets, and the writes of how long.
    pub fail_overs: Vec<(Millis, Millis)>,
    pub logout: Option<Millis>,
    pub theft: Option<Theft>,
    pub end: Millis,
}

impl Plan {
    /// Returns the schedule of a seed, whose kind follows from the seed too.
    pub fn of(seed: u64) -> Self {
        let mut prng = Prng::new(seed);
        let kind = match prng.between(0, 99) {
            0..=54 => Kind::Adversary,
            55..=74 => Kind::FailOver,
            75..=82 => Kind::Logout,
            83..=92 => Kind::OneLost,
            93..=94 => Kind::Browser,
            _ => Kind::Theft,
        };
        Self::of_kind(kind, seed)
    }

    /// Returns the schedule of a seed for a kind.
    pub fn of_kind(kind: Kind, seed: u64) -> Self {
        // Another sequence than the one that chose the kind.
        let mut prng = Prng::new(seed ^ 0x5ced_0000_0000_0000);
        let mut plan = match kind {
            Kind::Adversary | Kind::FailOver | Kind::Logout => adversary::plan(kind, &mut prng),
            Kind::OneLost => adversary::one_lost(&mut prng),
            Kind::Browser => browser::plan(&mut prng, 0, 3 * DAY),
            Kind::Theft => {
                let thief = prng.pick(&THIEVES);
                theft::plan(&mut prng, thief, 0)
            }
        };
        plan.seed = seed;
        plan
    }

    /// Returns a browser of the tables: with this many lost responses of a thousand.
    pub fn browser(seed: u64, lost_responses: u64) -> Self {
        Self { seed, ..browser::plan(&mut Prng::new(seed), lost_responses, 3 * DAY) }
    }

    /// Returns a theft of the tables.
    pub fn theft(seed: u64, thief: Thief, lost_responses: u64) -> Self {
        Self { seed, ..theft::plan(&mut Prng::new(seed), thief, lost_responses) }
    }

    /// The longest delay for which the rule promises that nobody honest is signed out.
    pub fn promised(&self) -> Millis {
        self.window / 2 - self.skew
    }
}
