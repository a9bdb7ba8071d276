//! The times at which keys are fetched: pure, so that a test turns the clock.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The time for which keys are fresh if the response states none.
const FRESH: Duration = Duration::from_secs(10 * 60);
/// The bounds of the time until the next refresh.
const SOONEST: Duration = Duration::from_secs(60);
const LATEST: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest time between two attempts after failures.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// The shortest time between two attempts after failures.
pub(super) const LEAST: Duration = Duration::from_millis(50);
/// The number of unknown `kid`s that are remembered, and the longest of them in bytes.
const MOST_UNKNOWN: usize = 128;
const LONGEST_KID: usize = 256;

/// The waiting times that a service sets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) cooldown: Duration,
    pub(super) stale_for: Duration,
    pub(super) timeout: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self { cooldown: Duration::from_secs(30), stale_for: LATEST, timeout: Duration::from_secs(5) }
    }
}

/// The fetches so far.
pub(super) struct Schedule {
    times: Times,
    fetched_at: Instant,
    /// `None` if there was no attempt since the first.
    attempted_at: Option<Instant>,
    refresh_at: Instant,
    failures: u32,
    /// `kid`s that the set lacked at a time.
    unknown: VecDeque<(String, Instant)>,
}

impl Schedule {
    /// Creates a schedule after a first successful fetch.
    pub(super) fn new(times: Times, max_age: Option<Duration>, now: Instant) -> Self {
        let unknown = VecDeque::new();
        let mut schedule =
            Self { times, fetched_at: now, attempted_at: None, refresh_at: now, failures: 0, unknown };
        schedule.succeeded(max_age, true, now);
        // A provider that rotates just after the start is followed at once.
        schedule.attempted_at = None;
        schedule
    }

    /// Records a fetch; `is_new` tells whether the keys are others.
    pub(super) fn succeeded(&mut self, max_age: Option<Duration>, is_new: bool, now: Instant) {
        self.fetched_at = now;
        self.attempted_at = Some(now);
        self.failures = 0;
        // Before they are stale (80 %), so that no request waits.
        let fresh = max_age.unwrap_or(FRESH).min(2 * LATEST) * 4 / 5;
        // And long before they are too old, so that a failure or two are no outage.
        let latest = LATEST.min(self.times.stale_for / 2);
        self.refresh_at = now + fresh.clamp(SOONEST.min(latest), latest);
        if is_new {
            self.unknown.clear();
        }
    }

    /// Records that an attempt begins.
    pub(super) fn attempted(&mut self, now: Instant) {
        self.attempted_at = Some(now);
    }

    /// Records a failed attempt.
    pub(super) fn failed(&mut self, now: Instant) {
        self.attempted_at = Some(now);
        self.failures = self.failures.saturating_add(1);
        let delay = self.times.cooldown.saturating_mul(1 << self.failures.min(10)) / 2;
        self.refresh_at = now + delay.clamp(self.times.cooldown.clamp(LEAST, PATIENCE), PATIENCE);
    }

    /// Returns whether the keys are too old to be trusted.
    pub(super) fn is_stale(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.fetched_at) > self.times.stale_for
    }

    /// Returns the time until the next refresh.
    pub(super) fn until_refresh(&self, now: Instant) -> Duration {
        self.refresh_at.saturating_duration_since(now)
    }

    /// Returns whether a fetch is allowed because of an unknown `kid`: not for one that was looked for lately, and not
    /// within the cooldown since the last attempt, whoever caused it.
    pub(super) fn may_look_for(&self, kid: &str, now: Instant) -> bool {
        kid.len() <= LONGEST_KID && self.has_cooled_down(now) && !self.is_unknown(kid, now)
    }

    pub(super) fn has_cooled_down(&self, now: Instant) -> bool {
        self.attempted_at.is_none_or(|at| now.saturating_duration_since(at) >= self.times.cooldown)
    }

    /// Returns whether the set lacked this `kid` lately.
    pub(super) fn is_unknown(&self, kid: &str, now: Instant) -> bool {
        let recent = |at: &Instant| now.saturating_duration_since(*at) < self.times.cooldown;
        self.unknown.iter().any(|(known, at)| known == kid && recent(at))
    }

    /// Records that the set lacks this `kid`.
    pub(super) fn lacks(&mut self, kid: &str, now: Instant) {
        if kid.len() > LONGEST_KID {
            return;
        }
        self.unknown.retain(|(known, _)| known != kid);
        if self.unknown.len() >= MOST_UNKNOWN {
            self.unknown.pop_front();
        }
        self.unknown.push_back((kid.to_owned(), now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_or_two_are_not_an_outage() {
        let now = Instant::now();
        for max_age in [None, Some(86_400), Some(31_536_000)] {
            for stale_for in [1800, 3600, 86_400] {
                let times = Times { stale_for: secs(stale_for), ..Times::default() };
                let mut schedule = Schedule::new(times, max_age.map(Duration::from_secs), now);
                let mut at = now + schedule.until_refresh(now);
                schedule.failed(at);
                at += schedule.until_refresh(at);
                assert!(
                    !schedule.is_stale(at + secs(5)),
                    "one failure is an outage: {max_age:?} {stale_for}"
                );
            }
        }
    }

    fn schedule(now: Instant, max_age: Option<u64>) -> Schedule {
        Schedule::new(Times::default(), max_age.map(Duration::from_secs), now)
    }

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn keys_are_refreshed_before_they_are_stale() {
        let now = Instant::now();
        for (max_age, expected) in [
            (None, 480),
            (Some(300), 240),
            (Some(0), 60),
            (Some(31_536_000), 43_200),
            (Some(u64::MAX), 43_200),
        ] {
            assert_eq!(schedule(now, max_age).until_refresh(now), secs(expected), "{max_age:?}");
        }
    }

    #[test]
    fn attempts_become_rarer_while_they_fail() {
        let mut now = Instant::now();
        let mut schedule = schedule(now, None);
        let mut delays = Vec::new();
        for _ in 0..8 {
            schedule.failed(now);
            delays.push(schedule.until_refresh(now).as_secs());
            now += schedule.until_refresh(now);
        }
        assert_eq!(delays, [30, 60, 120, 240, 480, 600, 600, 600]);
        schedule.succeeded(None, false, now);
        assert_eq!(schedule.until_refresh(now), secs(480));
    }

    #[test]
    fn an_unknown_kid_costs_one_fetch_per_cooldown() {
        let start = Instant::now();
        let mut schedule = schedule(start, None);
        let mut fetches = 0;
        // A hundred seconds, a thousand invented names each.
        for second in 0..100 {
            for name in 0..1000 {
                let (kid, now) = (format!("{second}-{name}"), start + secs(second));
                if schedule.may_look_for(&kid, now) {
                    fetches += 1;
                    schedule.succeeded(None, false, now);
                    schedule.lacks(&kid, now);
                }
            }
        }
        assert_eq!(fetches, 4);
        assert!(schedule.unknown.len() <= MOST_UNKNOWN);
    }

    #[test]
    fn a_kid_that_was_looked_for_is_not_looked_for_again_at_once() {
        let start = Instant::now();
        let mut schedule = schedule(start, None);
        schedule.lacks("a", start);
        assert!(!schedule.may_look_for("a", start + secs(29)));
        assert!(schedule.may_look_for("b", start + secs(29)));
        assert!(schedule.may_look_for("a", start + secs(30)));
        assert!(!schedule.may_look_for(&"x".repeat(257), start + secs(30)));
        schedule.succeeded(None, true, start + secs(10));
        assert!(schedule.may_look_for("a", start + secs(40)), "new keys may have it");
        for name in 0..1000 {
            schedule.lacks(&name.to_string(), start);
        }
        assert_eq!(schedule.unknown.len(), MOST_UNKNOWN);
    }

    #[test]
    fn old_keys_are_served_for_a_bounded_time() {
        let start = Instant::now();
        let mut schedule = schedule(start, None);
        schedule.failed(start + secs(80_000));
        assert!(!schedule.is_stale(start + secs(86_400)));
        assert!(schedule.is_stale(start + secs(86_401)));
    }
}
