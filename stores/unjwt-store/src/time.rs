//! The end of a record.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Whole seconds since 1970-01-01T00:00:00Z, up to the end of the year 9999.
///
/// Every date type of every database can represent it, also in milliseconds or microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(u64);

impl UnixTime {
    /// The last second of the year 9999.
    pub const MAX: Self = Self(253_402_300_799);

    /// Creates a time from the number of seconds. A later time than [`MAX`](Self::MAX) becomes that.
    pub const fn from_secs(secs: u64) -> Self {
        if secs < Self::MAX.0 { Self(secs) } else { Self::MAX }
    }

    /// Returns the number of seconds.
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// Returns the system's time, rounded down.
    pub fn now() -> Self {
        Self::from(SystemTime::now())
    }

    /// Returns the time that lies this much later, rounded down, or [`MAX`](Self::MAX).
    pub const fn plus(self, duration: Duration) -> Self {
        Self::from_secs(self.0.saturating_add(duration.as_secs()))
    }
}

/// Rounds down. A time before 1970 becomes 1970.
impl From<SystemTime> for UnixTime {
    fn from(time: SystemTime) -> Self {
        Self::from_secs(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
    }
}

impl From<UnixTime> for SystemTime {
    fn from(time: UnixTime) -> Self {
        UNIX_EPOCH + Duration::from_secs(time.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_lies_outside_of_1970_to_9999() {
        assert_eq!(UnixTime::from_secs(u64::MAX), UnixTime::MAX);
        assert_eq!(UnixTime::now().plus(Duration::MAX), UnixTime::MAX);
        assert_eq!(UnixTime::from(UNIX_EPOCH - Duration::from_secs(1)), UnixTime::from_secs(0));
        assert_eq!(UnixTime::from(SystemTime::from(UnixTime::MAX)), UnixTime::MAX);
        assert_eq!(UnixTime::from_secs(5).plus(Duration::from_millis(1999)), UnixTime::from_secs(6));
    }
}
