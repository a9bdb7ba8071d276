//! A session's keys and deployment values, validated when the process starts.

use std::fmt;
use std::sync::Weak;
use std::time::SystemTime;

use unjwt_rules::cookie::NAME_LIMIT;

use super::deployment::Deployment;
use super::group::Group;
use super::tokens::Tokens;
use super::{SessionType, Stateless};
use crate::clock::Clock;
use crate::config_error::{ConfigError, Pins};
use crate::cookie::max_token_len;
use crate::spec::{Protection, Spec};
use crate::token::{KeyFamily, Profile};

/// A key of the family `K`: [`JweKey`](crate::JweKey) where the attribute says `jwe`, [`JwsKey`](crate::JwsKey) where it
/// says `jws`. Each is one of its own family, and nothing else is.
#[diagnostic::on_unimplemented(
    message = "this session takes a `{K}`, found `{Self}`",
    label = "not a `{K}`",
    note = "`#[session(jwe)]` takes `JweKey::secret(..)`, `password(..)`, `from_jwk(..)` or `from_pair(..)`",
    note = "`#[session(jws)]` takes `JwsKey::secret(..)`, `from_jwk(..)`, `from_pair(..)` or `verify_only(..)`"
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

/// [`JweKey`](crate::JweKey), which may encrypt with a public half.
#[diagnostic::on_unimplemented(
    message = "a signed session is written with the private key, never with the public one",
    label = "this is for `#[session(jwe)]`",
    note = "remove the call"
)]
pub trait EncryptsForAnyone {}

impl EncryptsForAnyone for crate::JweKey {}

/// What the attribute leaves to the deployment: keys and a few values. From the generated `T::config(key)`.
///
/// Nothing is checked before [`build`](Self::build) or [`install`](crate::install).
#[must_use = "a configuration does nothing until `install` or `build`"]
pub struct Config<T: SessionType> {
    spec: &'static Spec,
    key: T::Key,
    also: Vec<T::Key>,
    deployment: Deployment,
    anyone_writes: bool,
    token_cache: Option<usize>,
}

impl<T: SessionType> Config<T> {
    /// A configuration with this key.
    #[doc(hidden)]
    pub fn new(key: impl SessionKey<T::Key>) -> Self {
        Self {
            spec: const { &T::SPEC },
            key: key.into_key(),
            also: Vec::new(),
            deployment: Deployment::default(),
            anyone_writes: false,
            token_cache: None,
        }
    }

    /// Reads tokens of this key too; new ones are made with the first. For a key that is being retired.
    pub fn also_reads(mut self, old: impl SessionKey<T::Key>) -> Self {
        self.also.push(old.into_key());
        self
    }

    /// `iss`: written, and required on read (RFC 7519 §4.1.1).
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.deployment.issuer = Some(issuer.into());
        self
    }

    /// `aud`: written, and a token must name one of them (RFC 7519 §4.1.3).
    pub fn audience<I: IntoIterator<Item: Into<String>>>(mut self, audience: I) -> Self {
        self.deployment.audience = Some(audience.into_iter().map(Into::into).collect());
        self
    }

    /// The cookie's `Domain`: the host that the deployment shares with others (RFC 6265 §4.1.2.3).
    ///
    /// An error for a session that sets no cookie, and for a `__Host-` cookie, which has no domain.
    pub fn cookie_domain(mut self, domain: impl Into<String>) -> Self {
        self.deployment.cookie_domain = Some(domain.into());
        self
    }

    /// Another clock than the system's, for tests.
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.deployment.clock = Clock::custom(now);
        self
    }

    /// How many bytes the session may use to remember tokens that proved genuine or were made here, 0 to remember none. Eight MiB unless
    /// set, and none for keys whose tokens cost little to open: HMAC, `dir`, AES key wrap.
    ///
    /// A browser presents one token with each of its requests. One that is remembered costs a hash (SHA-256) of the token
    /// instead of a signature, a decryption or a password derivation.
    ///
    /// # Security
    ///
    /// Only the token's form and its cryptography are not checked again: its claims and its end are, at each reading, and
    /// hooks run as they do otherwise. A token is remembered for the very key that opened it, so with `key_lookup` another
    /// key, or none, counts at once. The payloads are wiped when they are forgotten, and no key is kept.
    pub fn token_cache(mut self, bytes: usize) -> Self {
        self.token_cache = Some(bytes);
        self
    }

    /// Writes cookies without `Secure`, so that they work over plain HTTP while developing.
    ///
    /// # Security
    ///
    /// Whoever can listen on the network then has the session. Never in production.
    pub fn insecure_cookies_for_local_http(mut self) -> Self {
        self.deployment.insecure_cookies = true;
        self
    }

    /// Lets the pages of another origin send the session's cookie with requests that change something, open WebSockets with
    /// it, and begin sessions. Can be repeated.
    ///
    /// Without it such a request is answered with 403. `https://idp.example` and nothing more: for the `form_post` of an
    /// identity provider, or a sibling host.
    ///
    /// # Security
    ///
    /// Whatever that origin's pages send, the visitor seems to have sent. Another scheme, host or port is another origin, and
    /// a subdomain is not included.
    pub fn trust_origin(mut self, origin: impl Into<String>) -> Self {
        self.deployment.cross_site.trusted.push(origin.into());
        self
    }

    /// The origin at which browsers see this service, like `https://app.example`, where a proxy puts another host into
    /// `Host`.
    ///
    /// It is compared with the `Origin` of browsers that send no `Sec-Fetch-Site`: those of before 2023, and every browser over plain
    /// HTTP to another machine.
    pub fn public_origin(mut self, origin: impl Into<String>) -> Self {
        self.deployment.cross_site.public = Some(origin.into());
        self
    }

    /// Accepts keys that encrypt with a public half, RSA-OAEP and ECDH-ES, which are refused otherwise: as the session's own,
    /// as those that it [also reads](Self::also_reads), and as those that `key_lookup` finds.
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
    /// Encrypting with a public key authenticates nobody. Whoever has that key can write a session with any content, for any
    /// user, and with any lifetime: the session is as trustworthy as all who know the public key. Where that is this service
    /// alone, a symmetric key like [`JweKey::secret`](crate::JweKey::secret) does the same, faster and without this risk.
    pub fn anyone_with_the_public_key_may_write(mut self) -> Self
    where
        T::Key: EncryptsForAnyone,
    {
        self.anyone_writes = true;
        self
    }

    /// Sets a value that several sessions share, where it means something to this one.
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
    /// What is wrong and what to write.
    pub fn build(self) -> Result<Tokens<T>, ConfigError>
    where
        T::State: Stateless,
    {
        self.prepare(None)
    }

    /// Another attribute than the struct's own, for tests that learn it while they run.
    #[doc(hidden)]
    pub fn __with_spec(mut self, spec: &'static Spec) -> Self {
        self.spec = spec;
        self
    }

    pub(crate) fn prepare(self, group: Option<Weak<Group>>) -> Result<Tokens<T>, ConfigError> {
        const { assert!(T::SPEC.name.len() < NAME_LIMIT, "the session's name is too long for a cookie") };
        let spec = self.spec;
        let policy = self.deployment.policy(spec)?;
        let cookie = self.deployment.cookie(spec)?;
        let cross_site = self.deployment.cross_site.policy(spec)?;
        let profile = Profile { anyone_writes: self.anyone_writes, ..profile(spec) };
        let codec =
            self.key.prepare(&self.also, &profile).map_err(|error| error.for_session(spec.type_name))?;
        Ok(Tokens::new(
            group,
            spec,
            codec,
            profile,
            policy,
            cookie,
            cross_site,
            self.deployment.clock,
            self.token_cache,
        ))
    }
}

impl<T: SessionType> fmt::Debug for Config<T> {
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
        read_only: spec.read_only,
        anyone_writes: false,
        max_token_len: max_token_len(spec),
    }
}
