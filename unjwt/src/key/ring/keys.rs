//! The keys of a ring, and which of them write and read at a time.

use std::collections::HashSet;

use zeroize::Zeroizing;

use super::key::{KeyState, RingKey};
use super::live::no_writer;
use crate::clock::NumericDate;
use crate::config_error::{ConfigError, KeyError};
use crate::key::{Jwk, JwkSet};
use crate::util::json::{Json, Object};
use crate::util::strict_json::Checked;

/// The most keys of a ring.
const MOST_KEYS: usize = 64;

/// The keys of a service over time: what a ring's file holds.
///
/// Who writes is computed from the keys and the time alone, so all processes with the same file agree without talking to
/// each other: the active key with the latest `activate_at`, and of several the last one. All keys that have not retired
/// read, also those that do not write yet.
///
/// In JSON it is a JWK Set (RFC 7517 §5) of private or symmetric keys, each with a `kid`:
///
/// ```
/// use unjwt::keys::RingKeys;
/// use unjwt::NumericDate;
///
/// # fn main() -> Result<(), unjwt::ConfigError> {
/// let keys = RingKeys::from_json(r#"{"keys": [
///     {"kty": "oct", "alg": "HS256", "kid": "old", "k": "tUQRvDlH2UvMQA6y5nbFDA2Yk5ZqTHjZrqYvTyqdcRU", "retire_at": 1770000000},
///     {"kty": "oct", "alg": "HS256", "kid": "new", "k": "Jd1RYXZ2WhjmLGe8wX8gb2z8G4OVOmvB8EHvbVuE4qM", "activate_at": 1760000000}
/// ]}"#)?;
/// let writer = |secs| keys.writer(NumericDate::from_secs(secs)).map(|key| key.kid());
/// assert_eq!(writer(1_759_999_999), Some("old"));
/// assert_eq!(writer(1_760_000_000), Some("new"));
/// # Ok(()) }
/// ```
///
/// # Security
///
/// The file holds private keys: only the service may read it.
#[derive(Clone, Debug)]
pub struct RingKeys {
    keys: Vec<RingKey>,
}

impl RingKeys {
    /// Creates a ring of these keys.
    ///
    /// # Errors
    ///
    /// [`ConfigError::KeySource`] if there is no key or more than 64, if a key has no `kid` or one that another key has, or if
    /// one retires before it activates.
    pub fn new(keys: impl IntoIterator<Item = RingKey>) -> Result<Self, ConfigError> {
        let ring = Self { keys: keys.into_iter().take(MOST_KEYS + 1).collect() };
        ring.check().map_err(ring_error)?;
        Ok(ring)
    }

    /// Reads a ring from JSON.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and if the text is not a JWK Set each of whose members is a JWK with each member once. The
    /// message never quotes the text.
    pub fn from_json(json: &str) -> Result<Self, ConfigError> {
        let text = json.trim_start_matches('\u{feff}').trim();
        let checked: Checked = serde_json::from_str(text).map_err(|error| {
            // Its own text may quote the input.
            ring_error(format!("not JSON at line {} column {}", error.line(), error.column()))
        })?;
        let Json::Object(mut members) = checked.value else {
            return Err(ring_error("a key ring must be a JSON object with an array `keys`".to_owned()));
        };
        let Some(Json::Array(values)) = members.take("keys") else {
            return Err(ring_error(
                "a key ring must have an array `keys`, also if it holds one key".to_owned(),
            ));
        };
        if !checked.unique {
            return Err(ring_error("a key ring must have each member only once".to_owned()));
        }
        let key = |(index, value): (usize, Json)| match value {
            Json::Object(members) => Jwk::from_members(members)
                .map_err(str::to_owned)
                .and_then(|jwk| RingKey::from_jwk(&jwk))
                .map_err(|reason| format!("key {} of the ring: {reason}", index + 1)),
            _ => Err(format!("key {} of the ring is not a JSON object", index + 1)),
        };
        let keys = values.into_iter().take(MOST_KEYS + 1).enumerate().map(key).collect::<Result<_, _>>();
        let ring = Self { keys: keys.map_err(ring_error)? };
        ring.check().map_err(ring_error)?;
        Ok(ring)
    }

    /// Returns the ring as JSON, private members too.
    #[must_use]
    pub fn to_json(&self) -> String {
        // JSON that serde_json wrote is UTF-8.
        String::from_utf8(std::mem::take(&mut self.to_json_secret())).unwrap_or_default()
    }

    pub(super) fn to_json_secret(&self) -> Zeroizing<Vec<u8>> {
        let mut set = Object::default();
        let keys = self.keys.iter().map(|key| Json::Object(key.to_members())).collect();
        set.insert("keys", Json::Array(keys));
        set.write()
    }

    /// Returns the keys in the order in which they were given.
    pub fn keys(&self) -> &[RingKey] {
        &self.keys
    }

    /// Returns the key that writes at this time; `None` if none is active.
    pub fn writer(&self, now: NumericDate) -> Option<&RingKey> {
        // Of several with the same time, `max_by_key` returns the last.
        self.keys.iter().filter(|key| key.state(now) == KeyState::Active).max_by_key(|key| key.activate_at)
    }

    /// Returns the public halves of all keys that have not retired, those that do not write yet included.
    #[must_use]
    pub fn public(&self, now: NumericDate) -> JwkSet {
        self.living(now).filter_map(|key| key.jwk.public()).collect()
    }

    pub(super) fn living(&self, now: NumericDate) -> impl Iterator<Item = &RingKey> {
        self.keys.iter().filter(move |key| key.state(now) != KeyState::Retired)
    }

    /// Returns the next time after this one at which another key writes or one retires.
    pub(super) fn next_change(&self, now: NumericDate) -> Option<NumericDate> {
        self.times().filter(|at| *at > now).min()
    }

    /// Returns the number of changes by time that lie behind.
    pub(super) fn phase(&self, now: NumericDate) -> usize {
        self.times().filter(|at| *at <= now).count()
    }

    /// Returns this time, and each later one at which another key writes or one retires.
    pub(super) fn changes_from(&self, now: NumericDate) -> impl Iterator<Item = NumericDate> {
        std::iter::successors(Some(now), |time| self.next_change(*time))
    }

    fn times(&self) -> impl Iterator<Item = NumericDate> {
        self.keys.iter().flat_map(|key| [key.activate_at, key.retire_at]).flatten()
    }

    /// Checks that a key writes at every time from now on.
    pub(super) fn check_writers(&self, now: NumericDate) -> Result<(), KeyError> {
        match self.changes_from(now).find(|time| self.writer(*time).is_none()) {
            Some(time) => Err(no_writer(time)),
            None => Ok(()),
        }
    }

    /// Checks that each key is read until the tokens have ended that it seals from now on. A key that has retired already
    /// was meant to.
    pub(super) fn check_lifetimes(&self, lifetime: Option<u64>, now: NumericDate) -> Result<(), KeyError> {
        for key in &self.keys {
            let Some(retire_at) = key.retire_at.filter(|at| *at > now) else { continue };
            let Some(until) = self.writes_until(key, now) else { continue };
            let kid = key.kid();
            let Some(lifetime) = lifetime else {
                return Err(KeyError::new(format!(
                    "the key `{kid}` retires at {retire_at} (seconds since the epoch), and the session's tokens never end: give the \
                     session a `max_age`, or leave `retire_at` out"
                )));
            };
            let ends = until.plus(lifetime);
            if retire_at < ends {
                return Err(KeyError::new(format!(
                    "the key `{kid}` retires at {retire_at} (seconds since the epoch), before the tokens that it seals until {until} \
                     have ended: retire it at {ends} or later, or let its successor activate earlier"
                )));
            }
        }
        Ok(())
    }

    /// Returns the last time at which this key writes, if it does so from now on.
    fn writes_until(&self, key: &RingKey, now: NumericDate) -> Option<NumericDate> {
        let writes = |time: &NumericDate| self.writer(*time).is_some_and(|writer| writer.kid() == key.kid());
        let last = self.changes_from(now).filter(writes).max()?;
        self.next_change(last)
    }

    /// Returns the names of the keys that wrote before now and that are gone or have retired, but had not in `old`.
    pub(super) fn cut_short(&self, old: &Self, now: NumericDate) -> Vec<String> {
        let lives = |kid: &str| self.living(now).any(|key| key.kid() == kid);
        let wrote = old.living(now).filter(|key| key.state(now) == KeyState::Active);
        wrote.map(RingKey::kid).filter(|kid| !lives(kid)).map(str::to_owned).collect()
    }

    fn check(&self) -> Result<(), String> {
        if self.keys.is_empty() {
            return Err("the key ring is empty: add a key".to_owned());
        }
        if self.keys.len() > MOST_KEYS {
            return Err(format!(
                "the key ring has more than {MOST_KEYS} keys: remove those that have retired"
            ));
        }
        let mut kids = HashSet::new();
        for key in &self.keys {
            let kid = key.kid();
            if kid.is_empty() {
                return Err(
                    "a key of the ring has no `kid`, by which tokens name it: add one, as `Jwk::with_kid` does"
                        .to_owned(),
                );
            }
            if !kids.insert(kid) {
                return Err(format!("two keys of the ring have the `kid` `{kid}`: give each its own"));
            }
            if key.retire_at.is_some_and(|at| Some(at) <= key.activate_at) {
                return Err(format!(
                    "the key `{kid}` retires before it activates: make `retire_at` later than `activate_at`"
                ));
            }
        }
        Ok(())
    }
}

pub(crate) fn ring_error(reason: String) -> ConfigError {
    ConfigError::KeySource { origin: "KeyRing", reason }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
