use crate::clock::NumericDate;

/// The state of a [`KeyRing`](super::KeyRing), for a health check.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RingHealth {
    /// The time at which the keys in use were loaded, by the system's clock.
    pub loaded_at: NumericDate,
    /// The time of the last attempt to reload them, whether or not anything had changed.
    pub checked_at: NumericDate,
    /// The reason why the last attempt failed, without the keys. The keys from before are still in use.
    pub failure: Option<String>,
    /// The reason why a session would not start with the keys in use: one of them retires before what it seals has ended,
    /// so that users will be signed out.
    pub warning: Option<String>,
}

impl RingHealth {
    pub(super) fn new(now: NumericDate) -> Self {
        Self { loaded_at: now, checked_at: now, failure: None, warning: None }
    }

    /// Returns whether the last reload was successful, and a restart would be.
    pub fn is_healthy(&self) -> bool {
        self.failure.is_none() && self.warning.is_none()
    }
}
