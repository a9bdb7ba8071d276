//! A ring in use: its keys at a time, and their reloads.

use std::env;
use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use super::health::RingHealth;
use super::keys::{RingKeys, ring_error};
use super::source::{self, KeyRingBuilder, LoadError, Source, load, reason_of};
use crate::clock::NumericDate;
use crate::config_error::{ConfigError, KeyError};
use crate::error::Error;
use crate::key::Jwk;
use crate::token::changing::{Edition, KeySet};
use crate::token::{ChangingKeys, KeyCheck};

/// The own keys of a service, which change without a restart. Cheap to clone; all clones share the keys.
///
/// Each key has a time from which it writes and a time from which it is not read any more, see [`RingKeys`]. Sessions that
/// an older key sealed are read until that one retires, and sealed with the newest by their next write or renewal; nobody
/// is signed out.
///
/// ```no_run
/// # use serde::{Deserialize, Serialize};
/// # use unjwt::Session;
/// use unjwt::keys::KeyRing;
///
/// #[derive(Clone, Serialize, Deserialize, Session)]
/// #[session(jwe, name = "sid", max_age = "7D")]
/// struct User { id: u64 }
///
/// # async fn start() -> Result<(), unjwt::ConfigError> {
/// let ring = KeyRing::from_file("/etc/shop/keys.json").await?;      // `unjwt keys new` makes one
/// let users = User::config(&ring).build()?;
/// # let _ = users; Ok(()) }
/// ```
///
/// A reload that fails, or whose keys one of the sessions could not use, changes nothing: it is logged, and
/// [`health`](Self::health) tells of it.
///
/// # Security
///
/// A session starts only if each key lives long enough for the tokens that it seals. A reload that ends a key earlier is
/// taken, since a key that leaked has to go, but logged, and a warning in `health`. To retire a key at once because it
/// leaked, set its `retire_at` to now in the file: its tokens are refused with the next reload.
#[derive(Clone)]
pub struct KeyRing(Arc<Inner>);

struct Inner {
    keys: RwLock<Arc<RingKeys>>,
    version: AtomicU64,
    checks: Mutex<Vec<Check>>,
    /// The lifetimes in seconds of the tokens that the keys seal.
    lifetimes: Mutex<Vec<Option<u64>>>,
    health: Mutex<RingHealth>,
    source: Option<Source>,
    /// One reload at a time.
    reloading: tokio::sync::Mutex<()>,
}

/// A check of a session that uses the ring, for as long as there is the session.
struct Check {
    is_alive: Box<dyn Fn() -> bool + Send + Sync>,
    run: Run,
}

type Run = Box<dyn Fn(&RingKeys, NumericDate) -> Result<(), KeyError> + Send + Sync>;

impl KeyRing {
    /// Creates a ring of these keys, which [`replace`](Self::replace) changes.
    pub fn new(keys: RingKeys) -> Self {
        Self::with(keys, None)
    }

    /// Loads a ring from a file, and looks at it again every 30 seconds. Needs a tokio runtime.
    ///
    /// The file may be replaced, or a symbolic link on the way to it changed, as Kubernetes does for secrets. Whatever
    /// writes it should put it in place as a whole (`rename`); a half-written file is refused like any that is broken.
    ///
    /// # Errors
    ///
    /// Awaiting it fails if the file cannot be read or does not hold a ring; see [`RingKeys::from_json`].
    pub fn from_file(path: impl Into<PathBuf>) -> KeyRingBuilder {
        KeyRingBuilder::new(source::file(path.into()))
    }

    /// Loads a ring from an environment variable that holds its JSON.
    ///
    /// # Errors
    ///
    /// [`ConfigError::KeySource`] if the variable is not set or does not hold a ring.
    pub fn from_env(variable: &str) -> Result<Self, ConfigError> {
        let failed = |reason: &str| ring_error(format!("the environment variable `{variable}`: {reason}"));
        let text = env::var(variable).map(Zeroizing::new).map_err(|error| match error {
            env::VarError::NotPresent => failed("it is not set"),
            // Its own message quotes the value.
            env::VarError::NotUnicode(_) => failed("it is not UTF-8"),
        })?;
        let keys = RingKeys::from_json(&text).map_err(|error| failed(&reason_of(&error)))?;
        Ok(Self::new(keys))
    }

    /// Loads a ring with a closure, such as one that asks a key management service, and again every 30 seconds. Needs a
    /// tokio runtime.
    ///
    /// # Errors
    ///
    /// Awaiting it fails if the closure does. Later failures are logged with the closure's message, which must not
    /// contain the keys.
    pub fn from_source<F, E>(load: impl Fn() -> F + Send + Sync + 'static) -> KeyRingBuilder
    where
        F: Future<Output = Result<RingKeys, E>> + Send + 'static,
        E: Into<LoadError>,
    {
        KeyRingBuilder::new(Arc::new(move || {
            let loading = load();
            Box::pin(async move {
                loading.await.map_err(|error| {
                    let error: LoadError = error.into();
                    ring_error(error.to_string())
                })
            })
        }))
    }

    /// Replaces the keys, for all sessions that use the ring, from their next token on.
    ///
    /// # Errors
    ///
    /// [`ConfigError::KeySource`] if no key writes now or at a later time, or if a session could not use them; then nothing
    /// changes.
    pub fn replace(&self, keys: RingKeys) -> Result<(), ConfigError> {
        self.install(keys, now()).map_err(|KeyError(reason)| ring_error(reason))
    }

    /// Looks at the file or calls the closure now. Returns whether the keys are others.
    ///
    /// # Errors
    ///
    /// The reason why the keys stay as they are, which [`health`](Self::health) shows as well.
    pub async fn reload(&self) -> Result<bool, ConfigError> {
        let Some(source) = &self.0.source else { return Ok(false) };
        let _one_at_a_time = self.0.reloading.lock().await;
        let loaded = load(source).await;
        let result = loaded.and_then(|keys| {
            if keys.to_json_secret() == self.keys().to_json_secret() {
                return Ok(false);
            }
            self.replace(keys).map(|()| true)
        });
        let failure = result.as_ref().err().map(reason_of);
        let before = {
            let mut health = self.health_mut();
            health.checked_at = now();
            std::mem::replace(&mut health.failure, failure.clone())
        };
        // Once for each reason, and not every half minute.
        if let Some(reason) = failure.filter(|reason| before.as_ref() != Some(reason)) {
            tracing::error!(%reason, "the key ring could not be reloaded; the keys from before stay in use");
        }
        result
    }

    /// Returns the keys.
    pub fn keys(&self) -> Arc<RingKeys> {
        Arc::clone(&self.0.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the state of the ring, for a health check.
    pub fn health(&self) -> RingHealth {
        self.health_mut().clone()
    }

    pub(super) fn watching(keys: RingKeys, source: Source, every: Duration) -> Self {
        let ring = Self::with(keys, Some(source));
        let weak = Arc::downgrade(&ring.0);
        tokio::spawn(watch(weak, every));
        ring
    }

    fn with(keys: RingKeys, source: Option<Source>) -> Self {
        Self(Arc::new(Inner {
            keys: RwLock::new(Arc::new(keys)),
            version: AtomicU64::new(0),
            checks: Mutex::default(),
            lifetimes: Mutex::default(),
            health: Mutex::new(RingHealth::new(now())),
            source,
            reloading: tokio::sync::Mutex::default(),
        }))
    }

    fn install(&self, keys: RingKeys, now: NumericDate) -> Result<(), KeyError> {
        keys.check_writers(now)?;
        {
            let mut checks = self.0.checks.lock().unwrap_or_else(PoisonError::into_inner);
            checks.retain(|check| (check.is_alive)());
            checks.iter().try_for_each(|check| (check.run)(&keys, now))?;
        }
        for kid in keys.cut_short(&self.keys(), now) {
            tracing::warn!(kid, "a key that wrote until now is gone from the ring: its sessions end with it");
        }
        let warning = {
            let lifetimes = self.0.lifetimes.lock().unwrap_or_else(PoisonError::into_inner);
            lifetimes.iter().find_map(|lifetime| keys.check_lifetimes(*lifetime, now).err())
        };
        if let Some(reason) = &warning {
            tracing::warn!(%reason, "users will be signed out by the new keys, and the service would not start with them");
        }
        let mut held = self.0.keys.write().unwrap_or_else(PoisonError::into_inner);
        *held = Arc::new(keys);
        // Under the lock, so that nobody sees new keys under an old number.
        self.0.version.fetch_add(1, Ordering::Release);
        drop(held);
        let mut health = self.health_mut();
        health.loaded_at = now;
        health.warning = warning.map(|KeyError(reason)| reason);
        Ok(())
    }

    fn health_mut(&self) -> MutexGuard<'_, RingHealth> {
        self.0.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add_check<K: From<Jwk> + 'static>(&self, check: &KeyCheck<K>) {
        let (alive, check) = (Arc::downgrade(check), Arc::downgrade(check));
        let run = move |keys: &RingKeys, now| {
            let Some(check) = check.upgrade() else { return Ok(()) };
            keys.changes_from(now).try_for_each(|time| check(&keys_of(keys, time)?))
        };
        let mut checks = self.0.checks.lock().unwrap_or_else(PoisonError::into_inner);
        checks.retain(|check| (check.is_alive)());
        checks.push(Check { is_alive: Box::new(move || alive.strong_count() > 0), run: Box::new(run) });
    }
}

async fn watch(ring: Weak<Inner>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        let Some(inner) = ring.upgrade() else { return };
        // A task of its own, since a closure that panics ends that one alone. A failure was logged, and is in the health.
        let _ = tokio::spawn(async move { KeyRing(inner).reload().await }).await;
    }
}

fn now() -> NumericDate {
    SystemTime::now().into()
}

/// The keys at a time: the writer, and all others that have not retired.
fn keys_of<K: From<Jwk>>(keys: &RingKeys, now: NumericDate) -> Result<KeySet<K>, KeyError> {
    let writer = keys.writer(now).ok_or_else(|| no_writer(now))?;
    let others = keys.living(now).filter(|key| key.kid() != writer.kid());
    Ok((K::from(writer.jwk().clone()), others.map(|key| K::from(key.jwk().clone())).collect()))
}

pub(super) fn no_writer(at: NumericDate) -> KeyError {
    KeyError::new(format!(
        "no key of the ring is active at {at} (seconds since the epoch): add one that has activated by then"
    ))
}

impl<K: From<Jwk> + 'static> ChangingKeys<K> for KeyRing {
    fn edition(&self, now: NumericDate) -> Result<Edition, Error> {
        let held = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        Ok(Edition { version: self.0.version.load(Ordering::Acquire), phase: held.phase(now) })
    }

    fn keys(&self, now: NumericDate) -> Result<KeySet<K>, KeyError> {
        keys_of(&self.keys(), now)
    }

    fn add_check(&self, check: &KeyCheck<K>) {
        Self::add_check(self, check);
    }

    fn check_lifetimes(&self, lifetime: Option<u64>, now: NumericDate) -> Result<(), KeyError> {
        let keys = self.keys();
        keys.check_writers(now)?;
        keys.check_lifetimes(lifetime, now)?;
        let mut lifetimes = self.0.lifetimes.lock().unwrap_or_else(PoisonError::into_inner);
        if !lifetimes.contains(&lifetime) {
            lifetimes.push(lifetime);
        }
        Ok(())
    }
}

/// Shows the keys' names and times, and never the keys.
impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyRing").field(&self.keys().keys()).finish()
    }
}
