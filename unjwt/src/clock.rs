//! Time as represented in tokens: whole seconds, rounded down.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Whole seconds since 1970-01-01T00:00:00Z without leap seconds (`NumericDate`, RFC 7519 §2).
///
/// Serialises as that number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NumericDate(u64);

impl NumericDate {
    /// 9999-12-31T23:59:59Z, the last date that an `Expires` attribute can name.
    pub(crate) const YEAR_9999: Self = Self(253_402_300_799);

    /// Creates a date from the number of seconds since the epoch.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs)
    }

    /// Returns the number of seconds since the epoch.
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// Converts the date to the standard library's time. Returns `None` if the platform cannot represent it.
    pub fn to_system_time(self) -> Option<SystemTime> {
        UNIX_EPOCH.checked_add(Duration::from_secs(self.0))
    }

    pub(crate) const fn plus(self, secs: u64) -> Self {
        Self(self.0.saturating_add(secs))
    }
}

impl From<SystemTime> for NumericDate {
    /// Rounds down; a time before the epoch becomes the epoch.
    fn from(time: SystemTime) -> Self {
        Self(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
    }
}

impl fmt::Debug for NumericDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NumericDate({})", self.0)
    }
}

impl fmt::Display for NumericDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The source of the time.
#[derive(Clone, Default)]
pub(crate) struct Clock(Option<Arc<dyn Fn() -> SystemTime + Send + Sync>>);

impl Clock {
    pub(crate) fn custom(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(now)))
    }

    pub(crate) fn now(&self) -> NumericDate {
        self.moment().date()
    }

    /// Returns the time in milliseconds since the epoch.
    pub(crate) fn now_ms(&self) -> u64 {
        self.moment().millis()
    }

    pub(crate) fn moment(&self) -> Moment {
        let now = self.0.as_ref().map_or_else(SystemTime::now, |now| now());
        // A time before the epoch becomes the epoch.
        Moment(now.duration_since(UNIX_EPOCH).unwrap_or_default())
    }
}

/// A moment in its two forms, from one look at the clock.
#[derive(Clone, Copy)]
pub(crate) struct Moment(Duration);

impl Moment {
    pub(crate) fn date(self) -> NumericDate {
        NumericDate(self.0.as_secs())
    }

    /// Returns the time in milliseconds since the epoch.
    pub(crate) fn millis(self) -> u64 {
        self.0.as_secs().saturating_mul(1000).saturating_add(self.0.subsec_millis().into())
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Clock(custom)" } else { "Clock(system)" })
    }
}
