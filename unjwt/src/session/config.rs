//! A session's keys and deployment values, validated when the process starts.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use unjwt_rules::cookie::NAME_LIMIT;
use unjwt_store::AnyStore;

use super::deployment::Deployment;
use super::elsewhere::trusted_issuers;
use super::group::Group;
use super::tokens::Tokens;
#[cfg(feature = "dbsc")]
use super::tokens::device::Challenges;
use super::tokens::keys::Keys;
use super::versions::Downgrade;
use super::{BuiltAlone, Foreign, Revocable, SessionType, Stateless};
use crate::clock::Clock;
use crate::config_error::{ConfigError, KeyError, Pins};
use crate::cookie::max_token_len;
use crate::key::remote::RemoteKeys;
use crate::key::ring::KeyRing;
use crate::login::ledger::Ledger;
use crate::spec::{Protection, Spec};
use crate::token::{KeyFamily, Profile, Types};

/// A key of the family `K`: [`JweKey`](crate::JweKey) for `jwe` in the attribute, [`JwsKey`](crate::JwsKey)
/// for `jws`. Each of the two implements it for its own family, [`KeyRing`](crate::keys::KeyRing) for both, and
/// [`RemoteKeys`](crate::keys::RemoteKeys) for `jws`.
#[diagnostic::on_unimplemented(
    message = "this session takes a `{K}`, found `{Self}`",
    label = "not a `{K}`",
    note = "`#[session(jwe)]` takes `JweKey::secret(..)`, `password(..)`, `from_jwk(..)` or `from_pair(..)`",
    note = "`#[session(jws)]` takes `JwsKey::secret(..)`, `from_jwk(..)`, `from_pair(..)` or `verify_only(..)`",
    note = "either takes a `KeyRing`, and one that is `issued_elsewhere` takes `RemoteKeys`; a builder of them is awaited first: `.await?`"
)]
pub trait SessionKey<K> {
    #[doc(hidden)]
    fn into_key(self) -> K;
}

#[diagnostic::do_not_recommend]
impl<K: KeyFamily> SessionKey<K> for K {
    fn into_key(self) -> K {
        self
    }
}

#[diagnostic::do_not_recommend]
impl SessionKey<crate::JwsKey> for RemoteKeys {
    fn into_key(self) -> crate::JwsKey {
        crate::JwsKey::from_changing(Arc::new(self))
    }
}

#[diagnostic::do_not_recommend]
impl SessionKey<crate::JwsKey> for &RemoteKeys {
    fn into_key(self) -> crate::JwsKey {
        self.clone().into_key()
    }
}

#[diagnostic::do_not_recommend]
impl SessionKey<crate::JwsKey> for KeyRing {
    fn into_key(self) -> crate::JwsKey {
        crate::JwsKey::from_changing(Arc::new(self))
    }
}

#[diagnostic::do_not_recommend]
impl SessionKey<crate::JweKey> for KeyRing {
    fn into_key(self) -> crate::JweKey {
        crate::JweKey::from_changing(Arc::new(self))
    }
}

#[diagnostic::do_not_recommend]
impl<K> SessionKey<K> for &KeyRing
where
    KeyRing: SessionKey<K>,
{
    fn into_key(self) -> K {
        self.clone().into_key()
    }
}

/// A key that may encrypt with its public half. Only [`JweKey`](crate::JweKey) implements it.
#[diagnostic::on_unimplemented(
    message = "a signed session is written with the private key, never with the public one",
    label = "this is for `#[session(jwe)]`",
    note = "remove the call"
)]
pub trait EncryptsForAnyone {}

impl EncryptsForAnyone for crate::JweKey {}

/// The configuration that the attribute leaves to the deployment: keys and a few values. Created by the
/// generated `T::config(key)`.
///
/// Nothing is validated before [`build`](Self::build) or [`install`](crate::install).
#[must_use = "a configuration does nothing until `install` or `build`"]
pub struct Config<T: SessionType, Store = Ready> {
    spec: &'static Spec,
    key: T::Key,
    also: Vec<T::Key>,
    trusted: Vec<TrustedIssuer<T::Key>>,
    deployment: Deployment,
    anyone_writes: bool,
    token_cache: Option<usize>,
    pub(super) writes: Option<Downgrade<T>>,
    store: Option<AnyStore>,
    store_timeout: Duration,
    state: PhantomData<Store>,
}

/// An issuer beside the first.
struct TrustedIssuer<K> {
    issuer: String,
    audience: Vec<String>,
    key: K,
}

/// The configuration has what it needs: a store, or a session that asks none.
#[derive(Debug)]
pub enum Ready {}

/// The session is `revocable`, and its configuration has not been given a store.
#[derive(Debug)]
pub enum NoStore {}

/// A configuration of the session `T` that can be built.
#[diagnostic::on_unimplemented(
    message = "`{T}` is revocable, and its configuration has no store",
    label = "no `.store(..)`",
    note = "on one machine: `{T}::config(key).store(SqliteStore::open(\"logins.db\")?)` with `unjwt-store-sqlite`; for several: `RedisStore` of `unjwt-store-redis` or `PostgresStore` of `unjwt-store-postgres`",
    note = "in tests: `.store(unjwt_store::MemoryStore::volatile())`"
)]
pub trait StoreReady<T> {}

// Recommended, since the compiler would otherwise list the implementations for tuples of configurations.
impl<T> StoreReady<T> for Ready {}

/// The default of [`Config::store_timeout`].
const STORE_TIMEOUT: Duration = Duration::from_secs(1);

impl<T: SessionType, Store> Config<T, Store> {
    /// Creates a configuration with this key.
    #[doc(hidden)]
    pub fn new(key: impl SessionKey<T::Key>) -> Self {
        Self {
            spec: const { &T::SPEC },
            key: key.into_key(),
            also: Vec::new(),
            trusted: Vec::new(),
            deployment: Deployment::default(),
            anyone_writes: false,
            token_cache: None,
            writes: None,
            store: None,
            store_timeout: STORE_TIMEOUT,
            state: PhantomData,
        }
    }

    /// Sets the store that remembers which logins have ended. Every process that accepts the session's tokens needs
    /// the same one.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use unjwt::{JweKey, Session};
    /// # use unjwt_store::MemoryStore;
    /// #[derive(Clone, Serialize, Deserialize, Session)]
    /// #[session(jwe, name = "sid", max_age = "7D", revocable)]
    /// struct Login { user: u64 }
    ///
    /// # fn main() -> Result<(), unjwt::ConfigError> {
    /// # let key = JweKey::secret([7; 32]);
    /// let logins = Login::config(key).store(MemoryStore::volatile()).build()?;     // in tests
    /// # let _ = logins; Ok(()) }
    /// ```
    ///
    /// Without it, a program with a revocable session does not compile:
    ///
    /// ```compile_fail
    /// # use serde::{Deserialize, Serialize};
    /// # use unjwt::{JweKey, Session};
    /// # #[derive(Clone, Serialize, Deserialize, Session)]
    /// # #[session(jwe, name = "sid", max_age = "7D", revocable)]
    /// # struct Login { user: u64 }
    /// // error: `Login` is revocable, and its configuration has no store
    /// let logins = Login::config(JweKey::secret([7; 32])).build();
    /// ```
    pub fn store(self, store: impl unjwt_store::Store) -> Config<T>
    where
        T: Revocable,
    {
        self.with_store(Some(AnyStore::new(store)))
    }

    /// Sets the store of a session that asks one.
    pub(super) fn share_store(self, store: &AnyStore) -> Config<T> {
        let store = self.spec.revocable.map(|_| store.clone());
        self.with_store(store)
    }

    fn with_store(self, store: Option<AnyStore>) -> Config<T> {
        Config {
            spec: self.spec,
            key: self.key,
            also: self.also,
            trusted: self.trusted,
            deployment: self.deployment,
            anyone_writes: self.anyone_writes,
            token_cache: self.token_cache,
            writes: self.writes,
            store: store.or(self.store),
            store_timeout: self.store_timeout,
            state: PhantomData,
        }
    }

    /// Sets the time after which an access to the store counts as an outage. The default is one second.
    pub fn store_timeout(mut self, timeout: Duration) -> Self
    where
        T: Revocable,
    {
        self.store_timeout = timeout;
        self
    }

    /// Also accepts tokens made with this key, such as one that is being retired. New tokens are made with
    /// the first key.
    pub fn also_reads(mut self, old: impl SessionKey<T::Key>) -> Self {
        self.also.push(old.into_key());
        self
    }

    /// Trusts another issuer, whose tokens are verified with these keys, and must name one of this audience. Can be called
    /// repeatedly.
    ///
    /// A token is verified with the keys of the issuer that it names, and with no others.
    /// [`Current::issuer`](crate::Current::issuer) tells the two apart: a `sub` means something only beside its issuer
    /// (OpenID Connect Core §5.7).
    ///
    /// ```
    /// # use serde::Deserialize;
    /// # use unjwt::{Jwk, JwsKey, Session};
    /// #[derive(Clone, Deserialize, Session)]
    /// #[session(jws, read_only, issued_elsewhere, header = "authorization", cookie = false, audience = "https://api.example")]
    /// struct AccessToken { sub: String }
    ///
    /// # fn main() -> Result<(), unjwt::ConfigError> {
    /// # let public = || Jwk::generate("ES256").map(|key| JwsKey::verify_only(key.public().unwrap_or(key)));
    /// # let (staff, customers) = (public()?, public()?);
    /// let tokens = AccessToken::config(staff)
    ///     .issuer("https://staff.example")
    ///     .also_trusts("https://customers.example", ["shop"], customers)
    ///     .build()?;
    /// # let _ = tokens; Ok(()) }
    /// ```
    pub fn also_trusts<I: IntoIterator<Item: Into<String>>>(
        mut self,
        issuer: impl Into<String>,
        audience: I,
        keys: impl SessionKey<T::Key>,
    ) -> Self
    where
        T: Foreign,
    {
        self.trusted.push(TrustedIssuer {
            issuer: issuer.into(),
            audience: audience.into_iter().map(Into::into).collect(),
            key: keys.into_key(),
        });
        self
    }

    /// Sets `iss`, which is written to new tokens and required of those that are read (RFC 7519 §4.1.1).
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.deployment.issuer = Some(issuer.into());
        self
    }

    /// Sets `aud`, which is written to new tokens; a token that is read must name one of the values (RFC 7519
    /// §4.1.3).
    pub fn audience<I: IntoIterator<Item: Into<String>>>(mut self, audience: I) -> Self {
        self.deployment.audience = Some(audience.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the cookie's name instead of the attribute's `name`, as for a second deployment of a service on one host, such as
    /// one for trying changes. Chunks are called after it too.
    ///
    /// The name in the attribute goes on to say whose a token is: it is in the token's `typ`, in the name of the header, and in
    /// the store of logins. So two deployments that share a key read each other's tokens, whatever their cookies are called.
    ///
    /// It is an error for a session without a cookie, and for a name that another session of the service has.
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.deployment.cookie_name = Some(name.into());
        self
    }

    /// Sets the cookie's `Path` instead of the attribute's, for a service below a path of a host that has others (RFC 6265
    /// §4.1.2.4).
    ///
    /// It is an error for a session without a cookie, and for a `__Host-` cookie, whose path is `/`.
    ///
    /// # Security
    ///
    /// A path keeps cookies apart, and not services: a page of one path can read what another path of the host shows.
    pub fn cookie_path(mut self, path: impl Into<String>) -> Self {
        self.deployment.cookie_path = Some(path.into());
        self
    }

    /// Sets the cookie's `Domain`: the domain whose hosts share the cookie (RFC 6265 §4.1.2.3).
    ///
    /// It is an error for a session that sets no cookie, and for a `__Host-` cookie, which must not have a
    /// domain.
    pub fn cookie_domain(mut self, domain: impl Into<String>) -> Self {
        self.deployment.cookie_domain = Some(domain.into());
        self
    }

    /// Replaces the system's clock, for tests.
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.deployment.clock = Clock::custom(now);
        self
    }

    /// Sets the size in bytes of the memory of tokens that proved genuine or were made here, 8 MiB by default; 0
    /// remembers nothing.
    ///
    /// A browser presents the same token with each of its requests. One that is remembered costs a hash and a comparison
    /// instead of its cryptography and of reading its JSON: [`Current`](crate::Current) shares the struct that was made
    /// then, and an extractor of the struct itself gets a clone. A token is remembered when it comes for the second time;
    /// if its cryptography is costly (RSA, elliptic curves, passwords) at once, in a sixteenth of the memory. If more come
    /// than are remembered, those that come most often are.
    ///
    /// A struct with interior mutability, such as a field that is an `Arc<Mutex<..>>`, is shared by all requests with the
    /// same token. One whose reading depends on more than the token, such as on a clock in a `deserialize_with` or on a
    /// `Default` that counts, is not read again either. Set 0 where that is not meant. What a struct takes is estimated
    /// from its JSON; of one with a long list of short values, such as numbers, the JSON is remembered instead and read
    /// again.
    ///
    /// # Security
    ///
    /// Only what is the same at each reading is skipped. The expiry, the login and the time by the clock are checked each
    /// time, hooks run as usual, and members that `#[serde(default = ..)]` makes by a function are made anew, those of the
    /// struct itself, not of structs in it. A token is found by a keyed hash of its end and compared as a whole in constant
    /// time. It is remembered for the key that opened it, so a different result of `key_lookup` takes effect at once.
    /// Tokens and payloads are wiped when they are forgotten, the struct as far as its own `Drop` does; no key is stored.
    pub fn token_cache(mut self, bytes: usize) -> Self {
        self.token_cache = Some(bytes);
        self
    }

    /// Writes cookies without `Secure`, so that they work over plain HTTP during development.
    ///
    /// # Security
    ///
    /// Anyone who can listen on the network can then take over the session. Never use it in production.
    pub fn insecure_cookies_for_local_http(mut self) -> Self {
        self.deployment.insecure_cookies = true;
        self
    }

    /// Allows the pages of another origin to send the session's cookie with requests that change something,
    /// to open WebSockets with it, and to begin sessions. Can be called repeatedly.
    ///
    /// Without it, such a request is answered with 403. The origin has the form `https://idp.example`,
    /// without a path. Use it for the `form_post` of an identity provider, or for a sibling host.
    ///
    /// # Security
    ///
    /// Requests from that origin's pages are treated as the visitor's own. Another scheme, host or port is
    /// another origin, and subdomains are not included.
    pub fn trust_origin(mut self, origin: impl Into<String>) -> Self {
        self.deployment.cross_site.trusted.push(origin.into());
        self
    }

    /// Sets the origin at which browsers see this service, such as `https://app.example`, for use behind a
    /// proxy that changes `Host`.
    ///
    /// It is compared with the `Origin` of browsers that send no `Sec-Fetch-Site`: those from before 2023,
    /// and every browser over plain HTTP to another machine.
    pub fn public_origin(mut self, origin: impl Into<String>) -> Self {
        self.deployment.cross_site.public = Some(origin.into());
        self
    }

    /// Accepts keys that encrypt with a public half, RSA-OAEP and ECDH-ES, which are refused otherwise. This
    /// applies to the session's own key, to those that it [also reads](Self::also_reads), and to those that
    /// `key_lookup` returns.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use unjwt::{JweKey, Jwk, Session};
    /// # #[derive(Clone, Serialize, Deserialize, Session)]
    /// # #[session(jwe, max_age = "1h")]
    /// # struct Order { number: u32 }
    /// # fn main() -> Result<(), unjwt::ConfigError> {
    /// let key = JweKey::from_jwk(Jwk::generate("ECDH-ES+A256KW")?);
    /// assert!(Order::config(key.clone()).build().is_err());
    /// assert!(Order::config(key).anyone_with_the_public_key_may_write().build().is_ok());
    /// # Ok(()) }
    /// ```
    ///
    /// # Security
    ///
    /// Encryption with a public key does not authenticate the sender. Anyone who has the public key can forge
    /// a session with any content, for any user, and with any lifetime, so the session is only as trustworthy
    /// as everyone who knows that key. If only this service knows the public key, a symmetric key such as
    /// [`JweKey::secret`](crate::JweKey::secret) serves the same purpose, faster and without this risk.
    pub fn anyone_with_the_public_key_may_write(mut self) -> Self
    where
        T::Key: EncryptsForAnyone,
    {
        self.anyone_writes = true;
        self
    }

    /// Sets a value that several sessions share, if it applies to this one.
    pub(super) fn share(mut self, set: &dyn Fn(&Spec, &mut Deployment)) -> Self {
        set(self.spec, &mut self.deployment);
        self
    }

    /// Validates the keys and values.
    ///
    /// For a session whose hooks receive a state, use [`install`](crate::install) or [`build`](crate::build).
    ///
    /// # Errors
    ///
    /// The error describes the problem and how to correct it.
    pub fn build(self) -> Result<Tokens<T>, ConfigError>
    where
        T::State: Stateless,
        T::Login: BuiltAlone<T>,
        Store: StoreReady<T>,
    {
        self.prepare(None)
    }

    /// Replaces the struct's attribute, for tests that determine it at run time.
    #[doc(hidden)]
    pub fn __with_spec(mut self, spec: &'static Spec) -> Self {
        self.spec = spec;
        self
    }

    pub(crate) fn prepare(self, group: Option<Weak<Group>>) -> Result<Tokens<T>, ConfigError> {
        const { assert!(T::SPEC.name.len() < NAME_LIMIT, "the session's name is too long for a cookie") };
        let spec = self.spec;
        let mut policy = self.deployment.policy(spec)?;
        let stated = self.key.changing().and_then(|keys| keys.issuer());
        if spec.elsewhere.is_some() {
            let others = self.trusted.iter().map(|other| (other.issuer.as_str(), other.audience.as_slice()));
            policy.trust(trusted_issuers(spec, &policy, stated, others)?);
        }
        let is_another = |stated: &&str| policy.issuer.as_deref() != Some(stated);
        if let Some(stated) = stated.filter(is_another).filter(|_| spec.elsewhere.is_none()) {
            let reason = format!(
                "the keys are those of the issuer `{stated}`, whose tokens need `issued_elsewhere` in the attribute; if it issues the \
                 tokens of this family of services, add `.issuer({stated:?})`"
            );
            return Err(ConfigError::Key { session: spec.type_name.to_owned(), reason });
        }
        if T::LOOKS_KEYS_UP && !self.trusted.is_empty() {
            let reason =
                "`key_lookup` is not told whose token it is: leave the hook out, or trust one issuer";
            return Err(ConfigError::Key { session: spec.type_name.to_owned(), reason: reason.to_owned() });
        }
        let cookie = self.deployment.cookie(spec)?;
        let cross_site = self.deployment.cross_site.policy(spec)?;
        let profile = Profile { anyone_writes: self.anyone_writes, ..profile(spec) };
        let unusable = |error: KeyError| error.for_session(spec.type_name);
        let now = self.deployment.clock.now();
        let others: Vec<_> = self.trusted.into_iter().map(|issuer| issuer.key).collect();
        let own = (&self.key, self.also.as_slice());
        let keys = Keys::new(own, &others, spec.elsewhere.is_some(), &profile, now).map_err(unusable)?;
        if let Some(keys) = self.key.changing().filter(|_| !spec.read_only) {
            keys.check_lifetimes(spec.max_age, now).map_err(unusable)?;
        }
        let ledger = match (self.store, spec.revocable) {
            (Some(store), Some(revocable)) => {
                Some(Ledger::new(store, self.store_timeout, self.deployment.clock.clone(), spec, revocable))
            }
            (None, None) | (Some(_), None) => None,
            // Only a struct whose attribute is replaced at run time gets here.
            (None, Some(_)) => return Err(ConfigError::StoreMissing { session: spec.type_name.to_owned() }),
        };
        #[cfg(feature = "dbsc")]
        let challenges = spec
            .bound
            .then(|| Challenges::new(own, &profile, now))
            .transpose()
            .map_err(|error| error.for_session(spec.type_name))?;
        Ok(Tokens::new(
            group,
            spec,
            keys,
            profile,
            policy,
            cookie,
            cross_site,
            self.deployment.clock,
            self.token_cache,
            self.writes,
            ledger,
            #[cfg(feature = "dbsc")]
            challenges,
        ))
    }
}

impl<T: SessionType, Store> fmt::Debug for Config<T, Store> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("session", &T::SPEC.type_name).finish_non_exhaustive()
    }
}

fn profile(spec: &Spec) -> Profile {
    let pins = match spec.protection {
        Protection::Jws { alg } => Pins { jws: alg, ..Pins::default() },
        Protection::Jwe { alg, enc } => Pins { jwe: alg, enc, ..Pins::default() },
    };
    Profile {
        name: spec.name.to_owned(),
        typ: Some(spec.typ.to_owned()),
        pins,
        elsewhere: spec.elsewhere.map(|own| Types { named: own.types, untyped: own.untyped }),
        read_only: spec.read_only,
        anyone_writes: false,
        max_token_len: max_token_len(spec),
    }
}
