//! A session's keys, policy and cookies, ready for requests.

mod any;
pub(crate) mod cache;
#[cfg(feature = "dbsc")]
pub(crate) mod device;
pub(crate) mod keys;
mod link;
mod login;
mod mint;
pub(crate) mod open;
mod payload;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, OnceLock, Weak};

use http::{HeaderMap, HeaderName, HeaderValue};

use super::cross_site::CrossSitePolicy;
use super::current::{Current, Source};
use super::group::Group;
use super::operation::Operation;
use super::versions::Downgrade;
use super::{Encrypted, SessionType, Signed, Writable};
#[cfg(feature = "axum-core")]
use crate::claims::Facts;
use crate::claims::{Choice, Policy, Reserved};
use crate::clock::{Clock, NumericDate};
use crate::cookie::caching::vary_line;
use crate::cookie::read::{Offer, offer};
use crate::cookie::write::CookieWriter;
use crate::error::{Error, ErrorKind};
use crate::login::SignIn;
use crate::login::ledger::Ledger;
use crate::spec::Spec;
use crate::token::{Codec as _, KeyFamily, Profile};

pub(crate) use any::AnyTokens;
use cache::TokenCache;
use keys::{Keys, KeysRef, NoKeys};
use link::Links;
#[cfg(feature = "dbsc")]
pub(crate) use link::WeakTokens;
pub(crate) use link::{Linked, link};
pub(crate) use mint::Stamping;
use mint::UnsealedToken;
use open::{ENDED, Opened, REUSED};

pub(crate) type CodecOf<T> = <<T as SessionType>::Key as KeyFamily>::Codec;

/// A session type with its keys, which makes and opens tokens and accesses the sessions of a request.
///
/// Created by [`Config::build`](crate::Config::build) without a router. A
/// [`SessionHandle`](crate::SessionHandle) dereferences to it. Cheap to clone.
pub struct Tokens<T: SessionType>(Arc<Inner<T>>);

struct Inner<T: SessionType> {
    group: Option<Weak<Group>>,
    spec: &'static Spec,
    keys: Keys<T::Key>,
    lookup: Profile,
    policy: Policy,
    reserved: Reserved,
    cookie: Option<CookieWriter>,
    cross_site: CrossSitePolicy,
    clock: Clock,
    /// The spec's header, parsed.
    header: Option<HeaderName>,
    /// The `Vary` line of responses, computed once.
    vary: Option<HeaderValue>,
    cache: TokenCache<T>,
    writes: Option<Downgrade<T>>,
    /// The store of a revocable session's logins.
    ledger: Option<Ledger>,
    links: Links,
    /// The keys of challenges, for a bound session.
    #[cfg(feature = "dbsc")]
    challenges: Option<device::Challenges<T::Key>>,
    /// `true` while a worker derives keys for future tokens.
    deriving_ahead: AtomicBool,
    /// The length in bytes of the last payload that was written, an estimate for the next one.
    payload_len: AtomicUsize,
    /// `true` if everything written can be read back; determined by the first write.
    symmetric: OnceLock<bool>,
}

/// The maximum number of tokens of one source that are opened if opening is costly.
const MOST_COSTLY: usize = 4;
/// The default size in bytes of the memory of tokens that were opened.
const DEFAULT_TOKEN_CACHE: usize = 8 * 1024 * 1024;

impl<T: SessionType> Clone for Tokens<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: SessionType> fmt::Debug for Tokens<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens<{}>", T::SPEC.type_name)
    }
}

impl<T: SessionType> Tokens<T> {
    #[allow(clippy::too_many_arguments)] // Each is a part that the configuration has validated.
    pub(crate) fn new(
        group: Option<Weak<Group>>,
        spec: &'static Spec,
        keys: Keys<T::Key>,
        profile: Profile,
        policy: Policy,
        cookie: Option<CookieWriter>,
        cross_site: CrossSitePolicy,
        clock: Clock,
        token_cache: Option<usize>,
        writes: Option<Downgrade<T>>,
        ledger: Option<Ledger>,
        #[cfg(feature = "dbsc")] challenges: Option<device::Challenges<T::Key>>,
    ) -> Self {
        let cache = TokenCache::new(token_cache.unwrap_or(DEFAULT_TOKEN_CACHE));
        let reserved = policy.reserved();
        // A key from `key_lookup` is only used for reading, so a set of public keys is sufficient.
        let lookup = Profile { read_only: true, ..profile };
        let deriving_ahead = AtomicBool::new(false);
        let payload_len = AtomicUsize::new(0);
        Self(Arc::new(Inner {
            group,
            spec,
            keys,
            lookup,
            policy,
            reserved,
            cookie,
            cross_site,
            clock,
            header: spec.header.and_then(|name| HeaderName::from_bytes(name.as_bytes()).ok()),
            vary: vary_line(spec),
            cache,
            writes,
            ledger,
            links: Links::default(),
            #[cfg(feature = "dbsc")]
            challenges,
            deriving_ahead,
            payload_len,
            symmetric: OnceLock::new(),
        }))
    }

    /// Returns the session's name, as given in the attribute: that of its cookie, unless
    /// [`Config::cookie_name`](crate::Config::cookie_name) set another.
    pub fn name(&self) -> &'static str {
        self.0.spec.name
    }

    /// Returns the time of the session's clock: the system's, unless [`Config::clock`](crate::Config::clock)
    /// set another.
    pub fn now(&self) -> NumericDate {
        self.0.clock.now()
    }

    /// Returns the group of sessions that this one was installed with.
    pub(crate) fn group(&self) -> Option<&Weak<Group>> {
        self.0.group.as_ref()
    }

    pub(crate) fn spec(&self) -> &'static Spec {
        self.0.spec
    }

    /// Returns the session's requirements on the origin of a request.
    pub(crate) fn cross_site(&self) -> &CrossSitePolicy {
        &self.0.cross_site
    }

    /// Collects the candidates of a request for the session: of each source at most four tokens that cost a
    /// key operation or a `key_lookup`, and more if opening a token is as cheap as checking whether it may
    /// belong to the session.
    pub(crate) fn offer<'h>(&self, headers: &'h HeaderMap, by_look_up: bool) -> Offer<'h> {
        let mut offer = offer(headers, self.0.spec, self.0.cookie_name(), self.0.header.as_ref());
        // Most requests have a single candidate.
        if offer.len() <= MOST_COSTLY {
            return offer;
        }
        if by_look_up {
            offer
                .narrow(MOST_COSTLY, |token| self.keys_of(token).is_ok_and(|keys| keys.codec.is_ours(token)));
        } else if self.0.keys.are_costly() {
            offer.narrow(MOST_COSTLY, |token| {
                self.keys_of(token).is_ok_and(|keys| keys.codec.may_open(token))
            });
        }
        offer
    }

    /// Returns the keys that write.
    pub(crate) fn own_keys(&self) -> Result<KeysRef<'_, CodecOf<T>>, Error> {
        self.0.keys.own(self.now())
    }

    /// Returns the keys that may have made the token.
    pub(crate) fn keys_of(&self, token: &str) -> Result<KeysRef<'_, CodecOf<T>>, NoKeys> {
        self.0.keys.of_token(&token, &self.0.policy, self.now())
    }

    pub(crate) fn cache(&self) -> &TokenCache<T> {
        &self.0.cache
    }

    pub(crate) fn max_token_len(&self) -> usize {
        self.0.lookup.max_token_len
    }

    /// Returns the requirements on a key that `key_lookup` returns.
    pub(crate) fn lookup_profile(&self) -> &Profile {
        &self.0.lookup
    }

    /// Returns whether a response is to renew the session.
    pub(crate) fn is_due(&self, current: &Current<T>) -> bool {
        let Current { choice, ref sign_in, version, .. } = *current;
        self.is_due_by(current.iat(), current.exp(), choice, sign_in, version)
    }

    /// Does the same as [`is_due`](Self::is_due), for a token that was just read.
    #[cfg(feature = "axum-core")]
    pub(crate) fn are_due(&self, facts: &Facts) -> bool {
        let Facts { created_at, expires_at, choice, ref sign_in, version, .. } = *facts;
        self.is_due_by(created_at, expires_at, choice, sign_in, version)
    }

    fn is_due_by(
        &self,
        created_at: Option<NumericDate>,
        exp: Option<NumericDate>,
        choice: Choice,
        sign_in: &SignIn,
        version: u32,
    ) -> bool {
        // A renewal would lose what only a newer program knows.
        let renew_after = self.0.spec.renew_after.filter(|_| version <= self.0.spec.own_version());
        let Some((after, created_at)) = renew_after.zip(created_at) else { return false };
        self.0.policy.is_due(after, created_at, exp, choice, sign_in, self.now())
    }

    /// Returns whether the token's payload was migrated.
    #[cfg(feature = "axum-core")]
    pub(crate) fn is_older(&self, facts: &Facts) -> bool {
        facts.version < self.0.spec.own_version()
    }

    pub(crate) fn is_expired(&self, exp: Option<NumericDate>) -> bool {
        exp.is_some() && self.0.policy.is_expired(exp, self.0.clock.now())
    }

    /// Makes an encrypted token with this data, a new `jti`, now as `iat`, and an `exp` if there is a
    /// `max_age`. It affects no request and no cookie, and runs no hook.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unserializable`]; [`ErrorKind::Overloaded`] for a password-based key.
    pub fn seal<'a>(&'a self, data: &'a T) -> Operation<'a, Current<T>>
    where
        T: Encrypted + Writable,
    {
        Operation::new(self.issue(data))
    }

    /// Opens an encrypted token that did not come in the session's cookie or header, under the same policy
    /// and limits. Runs no hook.
    ///
    /// # Errors
    ///
    /// The reason why the token was refused; [`ErrorKind::Expired`] for one that has expired but is otherwise
    /// valid.
    pub fn unseal_without_hooks<'a>(&'a self, token: &'a str) -> Operation<'a, Current<T>>
    where
        T: Encrypted,
    {
        Operation::new(self.accept(token))
    }

    /// Makes a signed token with this data; see [`seal`](Self::seal).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unserializable`]; [`ErrorKind::Overloaded`] for an RSA key.
    pub fn sign<'a>(&'a self, data: &'a T) -> Operation<'a, Current<T>>
    where
        T: Signed + Writable,
    {
        Operation::new(self.issue(data))
    }

    /// Verifies a signed token; see [`unseal_without_hooks`](Self::unseal_without_hooks).
    ///
    /// # Errors
    ///
    /// The reason why the token was refused; [`ErrorKind::Expired`] for one that has expired but is otherwise
    /// valid.
    pub fn verify_without_hooks<'a>(&'a self, token: &'a str) -> Operation<'a, Current<T>>
    where
        T: Signed,
    {
        Operation::new(self.accept(token))
    }

    /// Returns the `Cookie` header of a client that holds a session with this data, chunks included. For
    /// tests.
    ///
    /// For a password-based key, the derivation runs on the calling thread.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unserializable`] or [`ErrorKind::TooLarge`].
    pub fn cookie_header(&self, data: &T) -> Result<HeaderValue, Error>
    where
        T: Writable,
    {
        const NO_COOKIE: Error = Error::new(ErrorKind::NoSession, "the session has `cookie = false`");
        let cookie = self.0.cookie.as_ref().ok_or(NO_COOKIE)?;
        let now = self.now();
        let stamping = Stamping::of_new(self.unlisted_sign_in(data));
        let UnsealedToken { payload, .. } = self.unsealed(Arc::new(data.__copy()), &stamping, now)?;
        cookie.request_header(&self.own_keys()?.codec.seal(&payload)?, now)
    }

    async fn issue(&self, data: &T) -> Result<Current<T>, Error> {
        let begun = self.begin_sign_in(data, "", None).await?;
        let current =
            self.mint(Arc::new(data.__copy()), Stamping::of_new(begun.sign_in.clone()), self.now()).await?;
        self.conclude_sign_in(begun, None).await;
        Ok(current)
    }

    async fn accept(&self, token: &str) -> Result<Current<T>, Error> {
        match self.open_own(token).await? {
            Opened::Valid(found) => Ok(found.into_current(token, Source::External)),
            Opened::Expired(_) => Err(Error::new(ErrorKind::Expired, "")),
            Opened::Ended => Err(ENDED),
            Opened::Reused(_) => Err(REUSED),
            Opened::Unreadable(unreadable) => Err(unreadable.reason),
            Opened::Rejected(error) => Err(error),
        }
    }
}
