//! The invariants, each by its name.

use std::fmt;

use crate::queue::Millis;

/// The invariants of rotation that a simulation of decisions can see. That `sid`, `auth_time` and the absolute end do
/// not move in a renewal (I6) is not among them: no decision is made about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    I1HonestIsNeverEnded,
    I2LostResponseIsRecovered,
    I3CopyEndsTheLogin,
    I4OneGenerationPerWindow,
    I5EndedIsFinal,
    I7LoserLeavesTheWinnersCookie,
    I8StoreThatWentBackEndsNobody,
    I9OutageIsNoVerdict,
    I10LoggedOutIsEndedNotReused,
}

impl Invariant {
    pub const ALL: [Self; 9] = [
        Self::I1HonestIsNeverEnded,
        Self::I2LostResponseIsRecovered,
        Self::I3CopyEndsTheLogin,
        Self::I4OneGenerationPerWindow,
        Self::I5EndedIsFinal,
        Self::I7LoserLeavesTheWinnersCookie,
        Self::I8StoreThatWentBackEndsNobody,
        Self::I9OutageIsNoVerdict,
        Self::I10LoggedOutIsEndedNotReused,
    ];

    pub const fn text(self) -> &'static str {
        match self {
            Self::I1HonestIsNeverEnded => {
                "I1: if every delay is at most W/2 minus the skew, or infinite, an honest login is never ended"
            }
            Self::I2LostResponseIsRecovered => "I2: a lost response can be recovered at any later time",
            Self::I3CopyEndsTheLogin => {
                "I3: a generation that is neither current nor the parent nor tolerated ends the login, and a thief \
                 and a victim more than 2W apart end it by their next renewals"
            }
            Self::I4OneGenerationPerWindow => "I4: at most one generation begins in a window",
            Self::I5EndedIsFinal => {
                "I5: no write revives a login, and who knew of its end never serves it again"
            }
            Self::I7LoserLeavesTheWinnersCookie => {
                "I7: the response to the loser of a race neither deletes the winner's cookie nor puts an older one there"
            }
            Self::I8StoreThatWentBackEndsNobody => {
                "I8: a record that went back in time ends nobody, and one that is missing ends its login"
            }
            Self::I9OutageIsNoVerdict => "I9: an outage is a 503, and the cookie stays",
            Self::I10LoggedOutIsEndedNotReused => {
                "I10: a token of a login that was logged out is ended, not reused"
            }
        }
    }
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// An invariant that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub invariant: Invariant,
    pub seed: u64,
    /// The time since the login began.
    pub after: Millis,
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { invariant, seed, after, what } = self;
        write!(f, "seed {seed}: {invariant}; after {after} ms: {what}")
    }
}
