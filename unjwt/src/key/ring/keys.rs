//! The keys of a ring, and which of them write and read at a time.

use std::collections::HashSet;
use std::fmt;

use zeroize::Zeroizing;

use super::live::no_writer;
use crate::clock::NumericDate;
use crate::config_error::{ConfigError, KeyError};
use crate::key::{Jwk, JwkSet};
use crate::util::json::{Json, Object};
use crate::util::strict_json::Checked;

/// The most keys of a ring.
const MOST_KEYS: usize = 64;
const ACTIVATE_AT: &str = "activate_at";
const RETIRE_AT: &str = "retire_at";

/// A key with the time from which it writes and the time after which it is not read any more.
///
/// In JSON it is a JWK with two more members, `activate_at` and `retire_at`, each in seconds since the epoch (a
/// `NumericDate`, RFC 7519 §2) and each optional.
#[derive(Clone)]
pub struct RingKey {
    jwk: Jwk,
    activate_at: Option<NumericDate>,
    retire_at: Option<NumericDate>,
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
    pub fn new(jwk: Jwk) -> Self {
        Self { jwk, activate_at: None, retire_at: None }
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

    fn from_jwk(jwk: &Jwk) -> Result<Self, String> {
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

    fn to_members(&self) -> Object {
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
    /// [`ConfigError::Key`] if there is no key or more than 64, if a key has no `kid` or one that another key has, or if
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

    pub(crate) fn living(&self, now: NumericDate) -> impl Iterator<Item = &RingKey> {
        self.keys.iter().filter(move |key| key.state(now) != KeyState::Retired)
    }

    /// Returns the next time after this one at which another key writes or one retires.
    pub(crate) fn next_change(&self, now: NumericDate) -> Option<NumericDate> {
        let times = self.keys.iter().flat_map(|key| [key.activate_at, key.retire_at]).flatten();
        times.filter(|at| *at > now).min()
    }

    /// Returns the number of changes by time that lie behind.
    pub(super) fn phase(&self, now: NumericDate) -> usize {
        let times = self.keys.iter().flat_map(|key| [key.activate_at, key.retire_at]).flatten();
        times.filter(|at| *at <= now).count()
    }

    /// Checks that a key writes at every time from now on.
    pub(super) fn check_writers(&self, now: NumericDate) -> Result<(), KeyError> {
        let mut times = std::iter::successors(Some(now), |time| self.next_change(*time));
        match times.find(|time| self.writer(*time).is_none()) {
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
        let times = std::iter::successors(Some(now), |time| self.next_change(*time));
        let writes = |time: &NumericDate| self.writer(*time).is_some_and(|writer| writer.kid() == key.kid());
        let last = times.filter(writes).max()?;
        self.next_change(last)
    }

    /// Returns the names of the keys that wrote before now and that are gone or have retired, but had not in `old`.
    pub(super) fn cut_short<'a>(&'a self, old: &'a Self, now: NumericDate) -> impl Iterator<Item = String> {
        let lives = move |kid: &str| self.living(now).any(|key| key.kid() == kid);
        let wrote = old.living(now).filter(move |key| key.state(now) == KeyState::Active);
        let gone: Vec<_> = wrote.map(|key| key.kid().to_owned()).filter(|kid| !lives(kid)).collect();
        gone.into_iter()
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
    ConfigError::Key { session: "KeyRing".to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    const K: &str = "tUQRvDlH2UvMQA6y5nbFDA2Yk5ZqTHjZrqYvTyqdcRU";

    fn at(secs: u64) -> NumericDate {
        NumericDate::from_secs(secs)
    }

    fn ring(times: &[(&str, Option<u64>, Option<u64>)]) -> RingKeys {
        let key = |&(kid, activate_at, retire_at): &(&str, Option<u64>, Option<u64>)| RingKey {
            jwk: Jwk::from_json(&format!(r#"{{"kty":"oct","alg":"HS256","kid":"{kid}","k":"{K}"}}"#))
                .unwrap(),
            activate_at: activate_at.map(at),
            retire_at: retire_at.map(at),
        };
        RingKeys::new(times.iter().map(key)).unwrap()
    }

    #[test]
    fn the_newest_active_key_writes() {
        let ring = ring(&[
            ("c", Some(30), None),
            ("a", None, Some(50)),
            ("b", Some(10), Some(60)),
            ("d", Some(30), None),
        ]);
        let writer = |secs| ring.writer(at(secs)).map(RingKey::kid);
        let found = [0, 9, 10, 29, 30, 99].map(writer);
        assert_eq!(found, ["a", "a", "b", "b", "d", "d"].map(Some));
        let living = |secs| ring.living(at(secs)).map(RingKey::kid).collect::<String>();
        assert_eq!([0, 49, 50, 60].map(living), ["cabd", "cabd", "cbd", "cd"]);
        let changes: Vec<_> = std::iter::successors(Some(at(0)), |now| ring.next_change(*now)).collect();
        assert_eq!(changes, [0, 10, 30, 50, 60].map(at));
        let until = |secs| ring.keys().iter().map(|key| ring.writes_until(key, at(secs))).collect::<Vec<_>>();
        assert_eq!(until(0), [None, Some(at(10)), Some(at(30)), None]);
        assert_eq!(until(10), [None, None, Some(at(30)), None]);
    }

    #[test]
    fn nothing_writes_where_all_have_retired_or_wait() {
        assert!(ring(&[("a", None, Some(5)), ("b", Some(9), None)]).writer(at(7)).is_none());
    }

    #[test]
    fn a_key_outlives_what_it_seals() {
        let check = |times: &[_], lifetime, now| {
            ring(times).check_lifetimes(lifetime, at(now)).map_err(|error| error.0)
        };
        let two = [("old", None, Some(150)), ("new", Some(100), None)];
        assert_eq!(check(&two, Some(50), 0), Ok(()));
        let error = check(&two, Some(51), 0).unwrap_err();
        assert!(error.contains("`old` retires at 150") && error.contains("retire it at 151"), "{error}");
        // It does not write any more, and what it sealed may have ended.
        assert_eq!(check(&two, Some(51), 100), Ok(()));
        assert!(check(&two, None, 0).unwrap_err().contains("`max_age`"));
        assert_eq!(check(&two, None, 150), Ok(()));
        assert_eq!(check(&[("only", None, None)], None, 0), Ok(()));
        assert!(ring(&[("a", None, Some(5))]).check_writers(at(0)).is_err());
        assert!(ring(&two).check_writers(at(0)).is_ok());
    }

    #[test]
    fn json_is_read_and_written() {
        let ring = ring(&[("a", None, Some(5)), ("b", Some(9), None)]);
        let json = ring.to_json();
        assert!(json.contains(r#""retire_at":5}"#) && json.contains(r#""activate_at":9}"#), "{json}");
        let read = RingKeys::from_json(&format!("\u{feff} {json}\n")).unwrap();
        assert_eq!(read.to_json(), json);
        assert!(!read.keys()[0].jwk().to_json().contains("retire_at"));
    }

    #[test]
    fn refuses_what_is_not_a_ring() {
        let key = |more: &str| format!(r#"{{"kty":"oct","alg":"HS256","k":"{K}"{more}}}"#);
        let set = |keys: &[String]| format!(r#"{{"keys":[{}]}}"#, keys.join(","));
        let many: Vec<_> = (0..65).map(|kid| key(&format!(r#","kid":"{kid}""#))).collect();
        for (json, reason) in [
            ("{".to_owned(), "not JSON"),
            ("[]".to_owned(), "a JSON object"),
            (key(r#","kid":"a""#), "an array `keys`"),
            (set(&[]), "is empty"),
            (set(&["1".to_owned()]), "key 1 of the ring is not a JSON object"),
            (set(&[key("")]), "has no `kid`"),
            (set(&[key(r#","kid":"""#)]), "has no `kid`"),
            (set(&[key(r#","kid":"a""#), key(r#","kid":"a""#)]), "two keys of the ring have the `kid` `a`"),
            (set(&[key(r#","kid":"a","activate_at":"5""#)]), "`activate_at` of the key `a`"),
            (set(&[key(r#","kid":"a","activate_at":1.5"#)]), "`activate_at` of the key `a`"),
            (set(&[key(r#","kid":"a","retire_at":-5"#)]), "`retire_at` of the key `a`"),
            (set(&[key(r#","kid":"a","activate_at":5,"retire_at":5"#)]), "retires before it activates"),
            (set(&[key(r#","kid":"a","kid":"b""#)]), "each member only once"),
            (set(&many), "more than 64"),
        ] {
            let error = RingKeys::from_json(&json).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
            assert!(!error.contains(K), "{error}");
        }
    }
}
