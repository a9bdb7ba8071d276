//! Rotation: the decision about a token by its generation, a pure function of the login's record and the time.
//!
//! A login has a current generation and its parent. Tokens of one generation are as good as each other, so that tabs,
//! retries and lost responses need no stored answer. What is older than the parent, or the parent once its child is
//! known to have arrived, is a copy.

/// The generations of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generations {
    /// The generation of the tokens that are issued now.
    pub current: u64,
    /// The generation whose tokens were exchanged for current ones. If it is not known, the current one: then any from
    /// the floor on is as good as it.
    pub parent: u64,
    /// The oldest generation that is served shortly after a rotation: the one that was current's grandparent then.
    pub floor: u64,
    /// The time in milliseconds at which the current generation began.
    pub at: u64,
}

/// The rule of one session.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The time in milliseconds within which requests and responses of one client may overtake each other.
    pub window: u64,
    /// `true` if a login without a record is taken over instead of having ended.
    pub adopts: bool,
}

/// A renewal that is due, and that the response can carry.
#[derive(Clone, Copy, Debug)]
pub struct Renewal {
    /// A random number that nobody can foresee.
    pub draw: u64,
    /// `true` if the token is about to expire.
    pub is_urgent: bool,
}

/// The first generations of a login are followed by another one with each renewal, so that the test of a service, which
/// renews a few times, does not depend on the draw.
const ALWAYS_FOLLOWED: u64 = 8;
/// Of this many later renewals, one keeps the generation.
const ONE_OF: u64 = 4;

impl Renewal {
    /// Returns whether a generation begins with it.
    ///
    /// If one always did, two clients with copies of one token, of which one asks shortly after the other each time, would
    /// get the same answers for as long as they like. If the first one's renewal keeps the generation and the second one's
    /// does not, they have different tokens from then on.
    const fn begins_generation(self, after: u64) -> bool {
        after <= ALWAYS_FOLLOWED || !self.draw.is_multiple_of(ONE_OF)
    }

    /// Returns whether a token that was exchanged within the window gets one of the present generation, as a tab does that
    /// renews at the same time. An honest client has that one already, or makes up for its loss after the window; the one
    /// of two clients that lets the other go first, to be given what the other one got, is left behind.
    const fn follows(self, current: u64) -> bool {
        self.is_urgent || self.begins_generation(current)
    }
}

/// The fate of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is served as it is.
    Serve,
    /// It is served, and the response carries a token of the current generation.
    Issue(Generations),
    /// The record is written. If that succeeds, the token is served, and the response carries a token of the current
    /// generation if `issues`.
    Write {
        /// The record as it is to be.
        record: Generations,
        /// `true` if the response carries a token of the record's current generation.
        issues: bool,
    },
    /// The token is a copy: the login ends.
    Reuse,
    /// The login has ended.
    Ended,
}

/// Returns the most by which a token that is made from a login is shorter than its session's lifetime: 5 %.
///
/// Two clients that renew with copies of one token when that is due get out of step by these differences, which add up.
pub const fn longest_jitter(lifetime: u64) -> u64 {
    lifetime / 20
}

/// The generation that a token without one counts as.
const BEFORE: u64 = 0;

impl Generations {
    /// Returns the generations of a login that begins.
    pub const fn first(now: u64) -> Self {
        Self::following(BEFORE, BEFORE, now)
    }

    /// Returns the generations after the rotation of `parent`.
    const fn following(parent: u64, floor: u64, now: u64) -> Self {
        Self { current: parent.saturating_add(1), parent, floor, at: now }
    }

    /// Returns the generations of a login of which only this token's is known, and the oldest that may be under way.
    const fn taken_over(n: u64, floor: u64, now: u64) -> Self {
        Self { current: n, parent: n, floor, at: now }
    }

    /// Returns the oldest generation that may be a parent of the current one.
    const fn oldest_parent(&self) -> u64 {
        if self.parent == self.current { self.floor } else { self.parent }
    }

    /// Returns `true` if `n`, which is older than the current generation, was exchanged for it.
    const fn is_parent(&self, n: u64) -> bool {
        n == self.parent || (self.parent == self.current && n >= self.floor)
    }
}

/// Decides about a token of generation `presented`, `None` for one from before the session rotated. `record` is that
/// of a login that has not ended; `renewal` is `None` if none is due or the response cannot carry it. Times are in
/// milliseconds.
#[must_use]
pub fn decide(
    record: Option<&Generations>,
    presented: Option<u64>,
    now: u64,
    rule: Rule,
    renewal: Option<Renewal>,
) -> Decision {
    let may_issue = renewal.is_some();
    let Some(record) = record else { return without_record(presented, now, rule, may_issue) };
    let n = presented.unwrap_or(BEFORE);
    // A clock of another machine may be ahead.
    let age = now.saturating_sub(record.at);
    let is_in_window = age <= rule.window;
    if n > record.current {
        // The store went back in time, and lost the rotation that made this token. Its parent is not known: it need not
        // be the generation before it, and a token that the store made since may have overwritten it in the jar.
        let record = Generations::taken_over(n, record.floor, now);
        return Decision::Write { record, issues: false };
    }
    if n == record.current {
        return match renewal {
            Some(renewal) if age >= rule.window => Decision::Write {
                record: match renewal.begins_generation(n) {
                    true => Generations::following(n, record.oldest_parent(), now),
                    // It lasts longer, since its tokens do.
                    false => *record,
                },
                issues: true,
            },
            _ => Decision::Serve,
        };
    }
    if record.is_parent(n) {
        return match renewal {
            Some(renewal) if is_in_window && renewal.follows(record.current) => Decision::Issue(*record),
            // Nobody has used a token of the current generation since: its response was lost.
            Some(_) if age > rule.window.saturating_mul(2) => Decision::Write {
                record: Generations {
                    current: record.current.saturating_add(1),
                    parent: n,
                    floor: record.oldest_parent(),
                    at: now,
                },
                issues: true,
            },
            _ => Decision::Serve,
        };
    }
    // Its parent was renewed once more, as if its response had been lost: one of the two is a copy.
    let is_disowned = n > record.parent;
    if n >= record.floor && is_in_window && !is_disowned { Decision::Serve } else { Decision::Reuse }
}

fn without_record(presented: Option<u64>, now: u64, rule: Rule, may_issue: bool) -> Decision {
    match presented {
        // From before the roll-out: adopted by the first response that can carry its successor.
        None if may_issue => Decision::Write { record: Generations::first(now), issues: true },
        None => Decision::Serve,
        Some(n) if rule.adopts => {
            Decision::Write { record: Generations::taken_over(n, BEFORE, now), issues: false }
        }
        Some(_) => Decision::Ended,
    }
}

#[cfg(test)]
mod tests;
