//! One key of a ring.

use std::fmt;

use crate::clock::NumericDate;
use crate::key::Jwk;
use crate::util::json::{Json, Object};

const ACTIVATE_AT: &str = "activate_at";
const RETIRE_AT: &str = "retire_at";

/// A key with the time from which it writes and the time after which it is not read any more.
///
/// In JSON it is a JWK with two more members, `activate_at` and `retire_at`, each in seconds since the epoch (a
/// `NumericDate`, RFC 7519 §2) and each optional.
#[derive(Clone)]
pub struct RingKey {
    pub(super) jwk: Jwk,
    pub(super) activate_at: Option<NumericDate>,
    pub(super) retire_at: Option<NumericDate>,
}

/// The part that a key plays at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyState {
    /// Published and read, but does not write yet.
    Pending,
    /// Read, and writes unless a newer key does.
    Active,
    /// Neither read nor published.
    Retired,
}

impl RingKey {
    /// Creates a key that is active from the beginning and never retires.
    ///
    /// Times in the JWK itself do not count: set them with the methods.
    pub fn new(jwk: Jwk) -> Self {
        // Without two of its members it is a JWK still.
        let bare = Jwk::from_members(jwk.members().without(&[ACTIVATE_AT, RETIRE_AT]));
        Self { jwk: bare.unwrap_or(jwk), activate_at: None, retire_at: None }
    }

    /// Sets the time from which the key writes.
    ///
    /// Leave all processes time to learn the key before: those that have not reloaded the ring refuse what it sealed.
    #[must_use]
    pub fn activate_at(mut self, at: NumericDate) -> Self {
        self.activate_at = Some(at);
        self
    }

    /// Sets the time from which the key is neither read nor published.
    #[must_use]
    pub fn retire_at(mut self, at: NumericDate) -> Self {
        self.retire_at = Some(at);
        self
    }

    /// Returns the key itself.
    pub fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// Returns the key's `kid`, which every key of a ring has.
    pub fn kid(&self) -> &str {
        self.jwk.kid().unwrap_or_default()
    }

    /// Returns the time from which the key writes; `None` if it did from the beginning.
    pub fn activates_at(&self) -> Option<NumericDate> {
        self.activate_at
    }

    /// Returns the time from which the key is not read; `None` if it never retires.
    pub fn retires_at(&self) -> Option<NumericDate> {
        self.retire_at
    }

    /// Returns the part that the key plays at this time.
    pub fn state(&self, now: NumericDate) -> KeyState {
        if self.retire_at.is_some_and(|at| at <= now) {
            KeyState::Retired
        } else if self.activate_at.is_some_and(|at| at > now) {
            KeyState::Pending
        } else {
            KeyState::Active
        }
    }

    pub(super) fn from_jwk(jwk: &Jwk) -> Result<Self, String> {
        let time = |name| match jwk.members().get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Number(number)) if number.is_u64() => Ok(number.as_u64().map(NumericDate::from_secs)),
            Some(_) => Err(format!(
                "`{name}` of {} is not a whole number of seconds since the epoch",
                crate::key::checks::named(jwk)
            )),
        };
        let (activate_at, retire_at) = (time(ACTIVATE_AT)?, time(RETIRE_AT)?);
        let jwk = Jwk::from_members(jwk.members().without(&[ACTIVATE_AT, RETIRE_AT]))?;
        Ok(Self { jwk, activate_at, retire_at })
    }

    pub(super) fn to_members(&self) -> Object {
        let mut members = self.jwk.members().clone();
        for (name, time) in [(ACTIVATE_AT, self.activate_at), (RETIRE_AT, self.retire_at)] {
            if let Some(time) = time {
                members.insert(name, Json::Number(time.as_secs().into()));
            }
        }
        members
    }
}

/// Shows the key's `kid` and times, and never the key.
impl fmt::Debug for RingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RingKey")
            .field("kid", &self.kid())
            .field("activate_at", &self.activate_at)
            .field("retire_at", &self.retire_at)
            .finish_non_exhaustive()
    }
}
