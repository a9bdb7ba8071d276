//! The keys in use, and their refreshes.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::time::Instant;

use super::address::remote_error;
use super::builder::RemoteKeysBuilder;
use super::fetch::{self, FetchError, KeyResponse};
use super::request::{Fetched, Place, Request};
use super::schedule::{LEAST, Schedule};
use crate::clock::NumericDate;
use crate::config_error::{ConfigError, KeyError};
use crate::error::{Error, ErrorKind};
use crate::key::{JwkSet, JwsKey};
use crate::token::changing::{Edition, KeySet};
use crate::token::{ChangingKeys, KeyCheck};

/// The most requests that wait for a fetch because their tokens name an unknown key.
const MOST_WAITING: usize = 1024;

/// The public keys of an identity provider, fetched before the service starts and kept fresh. Cheap to clone; all clones
/// share the keys.
///
/// ```no_run
/// # use serde::Deserialize;
/// # use unjwt::Session;
/// use unjwt::keys::RemoteKeys;
///
/// #[derive(Clone, Deserialize, Session)]
/// #[session(jws, read_only, issued_elsewhere, header = "authorization", cookie = false, audience = "https://api.example")]
/// struct AccessToken { sub: String }
///
/// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
/// # async fn fetch(_: String) -> Result<Vec<u8>, std::io::Error> { Ok(Vec::new()) }
/// // With the feature `remote-keys`, `RemoteKeys::discover("https://login.example")` needs no closure.
/// let keys = RemoteKeys::discover_with("https://login.example", fetch).await?;
/// let tokens = AccessToken::config(&keys).build()?;
/// # let _ = tokens; Ok(()) }
/// ```
///
/// - A task refreshes the keys when 80 % of the response's `max-age` have passed, but not before a minute and not after a
///   day; without a `max-age` after 8 minutes.
/// - A token whose `kid` is unknown causes a fetch, for which its request waits. There is one at a time, and at most one
///   within the [cooldown](RemoteKeysBuilder::cooldown), however many tokens with invented names come.
/// - A fetch that fails, or whose keys no session can use, changes nothing: it is logged, and tried again ever more
///   rarely. The keys are used until they are [too old](RemoteKeysBuilder::stale_for); then sessions answer 503.
/// - A session that cannot use the new keys, while another one can, answers 503.
/// - A set is a stranger's: see [`JwsKey::verify_only`] for the members that are passed over. Symmetric keys are passed over
///   as well.
///
/// # Limits
///
/// 256 KiB and 100 keys for each set, 5 seconds for each request. A closure must not follow redirects.
///
/// # Security
///
/// Whoever answers for the address can sign in as anyone: it must be `https`. Nothing in a token leads to a request to
/// another address (`jku` and `x5u` are ignored).
#[derive(Clone)]
pub struct RemoteKeys(Arc<Inner>);

struct Inner {
    request: Request,
    set: RwLock<JwkSet>,
    version: AtomicU64,
    schedule: Mutex<Schedule>,
    failure: Mutex<Option<String>>,
    checks: Mutex<Vec<WeakCheck>>,
    /// One fetch at a time.
    fetching: tokio::sync::Mutex<()>,
    waiting: AtomicUsize,
}

/// A check of a session that uses the keys, for as long as there is the session.
type WeakCheck = Weak<dyn Fn(&KeySet<JwsKey>) -> Result<(), KeyError> + Send + Sync>;

/// The state of [`RemoteKeys`], for a health check.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemoteHealth {
    /// The reason why the last fetch failed. The keys from before are still in use.
    pub failure: Option<String>,
    /// `true` if the keys are too old, so that sessions answer 503.
    pub is_stale: bool,
}

impl RemoteKeys {
    /// Fetches a key set from its address (`jwks_uri`) with a closure, which receives the URL. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// Awaiting it fails if the set cannot be fetched or holds no JWK, or if the address is not `https`.
    pub fn jwks_with<F, R, E>(
        url: impl Into<String>,
        fetch: impl Fn(String) -> F + Send + Sync + 'static,
    ) -> RemoteKeysBuilder
    where
        F: Future<Output = Result<R, E>> + Send + 'static,
        R: Into<KeyResponse>,
        E: Into<FetchError>,
    {
        RemoteKeysBuilder::new(Place::Jwks(url.into()), fetch::boxed(fetch))
    }

    /// Finds the keys of an issuer by its metadata (OpenID Connect Discovery 1.0 §4), fetched with a closure. The session
    /// then requires this issuer, to the letter. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// As [`jwks_with`](Self::jwks_with), and if the metadata is that of another issuer.
    pub fn discover_with<F, R, E>(
        issuer: impl Into<String>,
        fetch: impl Fn(String) -> F + Send + Sync + 'static,
    ) -> RemoteKeysBuilder
    where
        F: Future<Output = Result<R, E>> + Send + 'static,
        R: Into<KeyResponse>,
        E: Into<FetchError>,
    {
        RemoteKeysBuilder::new(Place::Issuer(issuer.into()), fetch::boxed(fetch))
    }

    /// Returns the issuer whose keys these are, if they were found by its metadata.
    pub fn issuer(&self) -> Option<&str> {
        match &self.0.request.place {
            Place::Jwks(_) => None,
            Place::Issuer(issuer) => Some(issuer),
        }
    }

    /// Returns the keys in use.
    pub fn keys(&self) -> JwkSet {
        self.0.set.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the state of the keys, for a health check.
    pub fn health(&self) -> RemoteHealth {
        RemoteHealth {
            failure: self.0.failure.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            is_stale: self.0.schedule().is_stale(Instant::now()),
        }
    }

    pub(super) async fn fetch(request: Request) -> Result<Self, ConfigError> {
        let failed = |reason: String| remote_error(format!("the keys could not be fetched: {reason}"));
        let fetched = request.run().await.map_err(failed)?;
        let inner = Arc::new(Inner {
            schedule: Mutex::new(Schedule::new(request.times, fetched.max_age, Instant::now())),
            request,
            set: RwLock::new(fetched.set),
            version: AtomicU64::new(0),
            failure: Mutex::default(),
            checks: Mutex::default(),
            fetching: tokio::sync::Mutex::default(),
            waiting: AtomicUsize::new(0),
        });
        tokio::spawn(refresh(Arc::downgrade(&inner)));
        Ok(Self(inner))
    }
}

const OUT: Error = Error::new(ErrorKind::Unavailable, "the provider's keys could not be fetched");

impl Inner {
    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fetches the keys and takes them if they are others that a session can use. The caller holds `fetching`.
    async fn update(&self) {
        let fetched = self.request.run().await;
        let result = fetched.and_then(|Fetched { set, max_age }| {
            let is_new = self.take(set)?;
            self.schedule().succeeded(max_age, is_new, Instant::now());
            Ok(())
        });
        if result.is_err() {
            self.schedule().failed(Instant::now());
        }
        let new = result.err();
        let old =
            std::mem::replace(&mut *self.failure.lock().unwrap_or_else(PoisonError::into_inner), new.clone());
        // Not under the lock: a subscriber may ask for the health. Once for each reason.
        if let Some(reason) = new.filter(|new| old.as_ref() != Some(new)) {
            tracing::error!(%reason, "keys could not be fetched; the ones from before stay in use");
        }
    }

    /// Returns whether the keys are others.
    fn take(&self, set: JwkSet) -> Result<bool, String> {
        let text = |set: &JwkSet| serde_json::to_vec(set).unwrap_or_default();
        if text(&set) == text(&self.set.read().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(false);
        }
        let keys = (JwsKey::verify_only(set.clone()), Vec::new());
        {
            let mut checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner);
            checks.retain(|check| check.strong_count() > 0);
            let mut refused = None;
            let mut is_usable = checks.is_empty();
            for check in checks.iter().filter_map(Weak::upgrade) {
                match check(&keys) {
                    Ok(()) => is_usable = true,
                    Err(error) => refused = Some(error),
                }
            }
            if let Some(error) = refused.filter(|_| !is_usable) {
                return Err(format!("no session could use the new keys: {error}"));
            }
        }
        let mut held = self.set.write().unwrap_or_else(PoisonError::into_inner);
        *held = set;
        // Under the lock, so that nobody sees new keys under an old number.
        self.version.fetch_add(1, Ordering::Release);
        Ok(true)
    }

    /// Fetches the keys because of this `kid`, unless that was tried lately.
    async fn look_for(&self, kid: &str) -> Result<(), Error> {
        let _one_at_a_time = self.fetching.lock().await;
        // Whoever waited for another fetch has its result, and is within the cooldown.
        if self.schedule().may_look_for(kid, Instant::now()) {
            // Before the fetch, however it ends.
            self.schedule().attempted(Instant::now());
            self.update().await;
        }
        let set = self.set.read().unwrap_or_else(PoisonError::into_inner);
        if set.keys().iter().any(|key| key.kid() == Some(kid)) {
            return Ok(());
        }
        if self.failure.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            // Nobody knows whether the provider has such a key.
            return Err(OUT);
        }
        self.schedule().lacks(kid, Instant::now());
        Ok(())
    }
}

async fn refresh(keys: Weak<Inner>) {
    loop {
        let Some(inner) = keys.upgrade() else { return };
        // A fetch of a request may fail meanwhile, after which the next one is earlier; and the keys may be dropped.
        let until =
            inner.schedule().until_refresh(Instant::now()).min(inner.request.times.cooldown.max(LEAST));
        drop(inner);
        tokio::time::sleep(until).await;
        let Some(inner) = keys.upgrade() else { return };
        if !inner.schedule().until_refresh(Instant::now()).is_zero() {
            continue;
        }
        // A task of its own: a closure that panics ends that one alone.
        let update = tokio::spawn(async move {
            let _one_at_a_time = inner.fetching.lock().await;
            // Another fetch may have put it off.
            if inner.schedule().until_refresh(Instant::now()).is_zero() {
                inner.schedule().failed(Instant::now());
                inner.update().await;
            }
        });
        let _ = update.await;
    }
}

/// A request that waits for a fetch.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(waiting: &'a AtomicUsize) -> Option<Self> {
        let count = waiting.fetch_add(1, Ordering::AcqRel);
        let place = Self(waiting);
        (count < MOST_WAITING).then_some(place)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl ChangingKeys<JwsKey> for RemoteKeys {
    fn edition(&self, _: NumericDate) -> Result<Edition, Error> {
        const STALE: Error =
            Error::new(ErrorKind::Unavailable, "the provider's keys could not be fetched for too long");
        if self.0.schedule().is_stale(Instant::now()) {
            return Err(STALE);
        }
        Ok(Edition { version: self.0.version.load(Ordering::Acquire), phase: 0 })
    }

    fn keys(&self, _: NumericDate) -> Result<KeySet<JwsKey>, KeyError> {
        Ok((JwsKey::verify_only(self.keys()), Vec::new()))
    }

    fn issuer(&self) -> Option<&str> {
        self.issuer()
    }

    fn add_check(&self, check: &KeyCheck<JwsKey>) {
        let mut checks = self.0.checks.lock().unwrap_or_else(PoisonError::into_inner);
        checks.retain(|check| check.strong_count() > 0);
        checks.push(Arc::downgrade(check));
    }

    fn may_find(&self, kid: &str) -> bool {
        let now = Instant::now();
        let schedule = self.0.schedule();
        // One that is under way may find it, too.
        let is_under_way = self.0.waiting.load(Ordering::Acquire) > 0;
        schedule.may_look_for(kid, now) || is_under_way && !schedule.is_unknown(kid, now)
    }

    fn find<'a>(&'a self, kid: &'a str) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>> {
        const FULL: Error =
            Error::new(ErrorKind::Overloaded, "too many tokens with unknown keys wait for the provider's");
        Box::pin(async move {
            let Some(_waiting) = Waiting::begin(&self.0.waiting) else { return Err(FULL) };
            // A task of its own: a request that leaves takes no fetch with it.
            let (inner, kid) = (Arc::clone(&self.0), kid.to_owned());
            tokio::spawn(async move { inner.look_for(&kid).await }).await.unwrap_or(Err(OUT))
        })
    }

    fn revive(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            if self.0.schedule().has_cooled_down(Instant::now()) {
                let inner = Arc::clone(&self.0);
                // Whether it failed is in the keys' health.
                let _ = tokio::spawn(async move { inner.look_for("").await }).await;
            }
        })
    }
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RemoteKeys").field(&self.0.request.place.address()).finish()
    }
}
