//! A clock that a test turns.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A clock that stands still until it is turned. Clones show the same time.
#[derive(Clone, Debug)]
pub struct TestClock(Arc<AtomicU64>);

impl TestClock {
    /// Creates a clock that shows the present time, in whole seconds.
    pub fn new() -> Self {
        Self::at(SystemTime::now())
    }

    /// Creates a clock that shows this time; one before 1970 is 1970.
    pub fn at(time: SystemTime) -> Self {
        let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Self(Arc::new(AtomicU64::new(seconds.saturating_mul(1000))))
    }

    /// Turns the clock forward, in whole milliseconds.
    pub fn advance(&self, time: Duration) {
        self.0.fetch_add(millis(time), Ordering::SeqCst);
    }

    /// Turns the clock back, as a correction of the time does.
    pub fn turn_back(&self, time: Duration) {
        let turned = |now: u64| Some(now.saturating_sub(millis(time)));
        // Never fails: the closure returns a time for each.
        let _ = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, turned);
    }

    /// Returns the time that the clock shows.
    pub fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.0.load(Ordering::SeqCst))
    }

    /// Returns what [`Config::clock`](crate::Config::clock) takes.
    pub fn source(&self) -> impl Fn() -> SystemTime + Send + Sync + 'static {
        let clock = self.clone();
        move || clock.now()
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_shows_what_it_was_turned_to() {
        let clock = TestClock::at(UNIX_EPOCH + Duration::from_secs(1_000));
        let shown = clock.source();
        clock.advance(Duration::from_millis(1_500));
        assert_eq!(shown(), UNIX_EPOCH + Duration::from_millis(1_001_500));
        clock.turn_back(Duration::from_secs(1));
        assert_eq!(clock.now(), UNIX_EPOCH + Duration::from_millis(1_000_500));
        clock.turn_back(Duration::MAX);
        assert_eq!(clock.now(), UNIX_EPOCH);
    }
}
