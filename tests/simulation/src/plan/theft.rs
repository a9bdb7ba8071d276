//! A browser whose cookies are copied once.

use super::{HOUR, Kind, MINUTE, Plan, SECOND, START, browser};
use crate::prng::Prng;
use crate::queue::Millis;

/// The plan of a thief.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thief {
    /// Renews once, at once, and never comes back.
    Once,
    /// Renews at once, and goes on as a browser does.
    Now,
    /// Waits for hours, and goes on as a browser does.
    Later,
    /// Renews every 20 s, due or not.
    Polling,
    /// Renews every 15 minutes, the lifetime without jitter, in a phase of its own.
    SamePeriod,
    /// Renews when the copy is due, as the victim does, who is active all the time.
    LockStep,
    /// Renews in the middle of the time in which the victim is going to.
    Aiming,
    /// Asks three seconds after the victim each time, whose requests are further apart than tokens last.
    Following,
    /// The same, and goes back to the token before if the last one is served and gets no other.
    Careful,
    /// Asks ten times at once, three seconds before such a victim.
    Ahead,
}

pub const THIEVES: [Thief; 10] = [
    Thief::Once,
    Thief::Now,
    Thief::Later,
    Thief::Polling,
    Thief::SamePeriod,
    Thief::LockStep,
    Thief::Aiming,
    Thief::Following,
    Thief::Careful,
    Thief::Ahead,
];

/// A theft.
#[derive(Clone, Copy, Debug)]
pub struct Theft {
    pub thief: Thief,
    /// When the cookies are copied.
    pub at: Millis,
    /// From then until the first use.
    pub waits: Millis,
    /// The mean time between two uses, where it is not the copy that tells it.
    pub every: Millis,
}

impl Thief {
    /// The renewal is not waited for: the thief leaves the access token away.
    pub const fn forces(self) -> bool {
        matches!(self, Self::Once | Self::Polling | Self::SamePeriod | Self::Aiming | Self::Ahead)
    }

    /// Knows the times of a victim whose requests are further apart than tokens last.
    pub const fn follows(self) -> bool {
        matches!(self, Self::Following | Self::Careful | Self::Ahead)
    }

    pub const fn is_in_step(self) -> bool {
        matches!(self, Self::SamePeriod | Self::LockStep | Self::Aiming) || self.follows()
    }
}

/// Until 72 h after the theft. A thief in lock-step has a victim that is active all the time: with breaks, the two
/// are out of step at once.
pub(super) fn plan(prng: &mut Prng, thief: Thief, lost_responses: u64) -> Plan {
    let before = prng.between(1, HOUR);
    let at = START + before;
    let mut plan = browser::plan(prng, lost_responses, before + 72 * HOUR);
    let (mut waits, every) = match thief {
        Thief::Once => (prng.between(0, 5 * MINUTE), 0),
        Thief::Now => (prng.between(0, 5 * MINUTE), 5 * MINUTE),
        Thief::Later => (prng.between(HOUR, 24 * HOUR), 5 * MINUTE),
        Thief::Polling => (prng.between(0, 5 * MINUTE), 20 * SECOND),
        Thief::SamePeriod => (prng.between(0, plan.lifetime), plan.lifetime),
        Thief::LockStep => (0, 5 * SECOND),
        // The mean of the jitter.
        Thief::Aiming => (0, plan.lifetime - plan.lifetime / 40),
        Thief::Following | Thief::Careful | Thief::Ahead => (0, plan.lifetime + 4 * SECOND),
    };
    if thief.is_in_step() {
        plan.sends.clear();
        plan.polls = Some(5 * SECOND);
        // Nothing but jitter and lost responses brings them out of step.
        (plan.read_only, plan.duplicated) = (0, 0);
    }
    if thief.follows() {
        (plan.polls, plan.delay) = (None, SECOND / 2);
        // The copy is made between two requests of the victim, of which the next one is at `at`.
        let first = at - at.saturating_sub(START) / every * every;
        plan.sends = (0..).map(|n| first + n * every).take_while(|send| *send < plan.end).collect();
        waits = if thief == Thief::Ahead { every - 3 * SECOND } else { 3 * SECOND };
    }
    Plan { kind: Kind::Theft, theft: Some(Theft { thief, at, waits, every }), ..plan }
}
