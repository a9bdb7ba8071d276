//! A session's keys, policy and cookies, ready for requests.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{HeaderMap, HeaderValue};

use super::data::Wire;
use super::spec::Spec;
use super::verified::{Payload, VerifiedTokens};
use super::{Encrypted, Lifetime, ProvidesState, Session, Signed, Writable};
use crate::claims::{self, Reserved};
use crate::clock::{Clock, NumericDate};
use crate::cookie::read::offer;
use crate::cookie::write::CookieWriter;
use crate::error::{Error, ErrorKind};
use crate::lifecycle::context::{Context, RequestContext};
use crate::lifecycle::current::{Current, Source, Token};
use crate::lifecycle::manager::{SessionManager, Work};
use crate::lifecycle::open::{Bytes, Found, Opened};
use crate::lifecycle::response::vary_line;
use crate::policy::Policy;
use crate::token::{Codec as _, Identity, KeyFamily, Profile};
use crate::workers::{self, Lane};

pub(crate) type CodecOf<T> = <<T as Session>::Key as KeyFamily>::Codec;

/// A session type with its keys: makes and opens its tokens, and works on the sessions of a request.
///
/// From [`Config::build`](crate::Config::build), without a router. A [`SessionHandle`](crate::SessionHandle)
/// dereferences to it. A cheap clone.
pub struct Tokens<T: Session>(Arc<Inner<T>>);

struct Inner<T: Session> {
    spec: &'static Spec,
    codec: Arc<CodecOf<T>>,
    lookup: Profile,
    policy: Policy,
    reserved: Reserved,
    cookie: Option<CookieWriter>,
    clock: Clock,
    /// What a response says in `Vary`, made once.
    vary: Option<HeaderValue>,
    verified: VerifiedTokens,
    /// The codec, as what tells its keys from looked-up ones.
    key: Identity,
    /// A worker derives keys for coming tokens.
    stocking: AtomicBool,
}

/// What a session remembers of tokens that are costly to open, in bytes, unless set otherwise.
const VERIFIED_TOKENS: usize = 8 * 1024 * 1024;

impl<T: Session> Clone for Tokens<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Session> fmt::Debug for Tokens<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens<{}>", T::SPEC.type_name)
    }
}

/// Whose `jti`, `iat` and `exp` a new token has.
pub(crate) enum Stamping<'a, T: Session> {
    /// A new `jti`, now, and `max_age` from now. A session without `max_age` keeps the end that its token named.
    Fresh { exp_of: Option<&'a Current<T>> },
    /// Those of the session that is updated.
    Keep(&'a Current<T>),
}

impl<T: Session> Tokens<T> {
    pub(crate) fn new(
        spec: &'static Spec,
        codec: CodecOf<T>,
        profile: Profile,
        policy: Policy,
        cookie: Option<CookieWriter>,
        clock: Clock,
        token_cache: Option<usize>,
    ) -> Self {
        let codec = Arc::new(codec);
        let key = Arc::clone(&codec) as Identity;
        let by_default = if codec.is_costly() { VERIFIED_TOKENS } else { 0 };
        let verified = VerifiedTokens::new(token_cache.unwrap_or(by_default));
        let reserved = policy.reserved();
        // A key that a hook finds only reads, so a set of public keys is enough.
        let lookup = Profile { read_only: true, ..profile };
        let stocking = AtomicBool::new(false);
        Self(Arc::new(Inner {
            spec,
            codec,
            lookup,
            policy,
            reserved,
            cookie,
            clock,
            vary: vary_line(spec),
            verified,
            key,
            stocking,
        }))
    }

    /// The session's name: its cookie's.
    pub fn name(&self) -> &'static str {
        self.0.spec.name
    }

    /// The time by the session's clock: the system's, unless [`Config::clock`](crate::Config::clock) set another.
    pub fn now(&self) -> NumericDate {
        self.0.clock.now()
    }

    /// Tells the sessions of one build from those of another.
    pub(crate) fn identity(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    pub(crate) fn spec(&self) -> &'static Spec {
        self.0.spec
    }

    pub(crate) fn vary(&self) -> Option<HeaderValue> {
        self.0.vary.clone()
    }

    pub(crate) fn codec(&self) -> &Arc<CodecOf<T>> {
        &self.0.codec
    }

    pub(crate) fn verified(&self) -> &VerifiedTokens {
        &self.0.verified
    }

    pub(crate) fn identity_of_key(&self) -> &Identity {
        &self.0.key
    }

    pub(crate) fn max_token_len(&self) -> usize {
        self.0.lookup.max_token_len
    }

    /// What is asked of a key that `key_lookup` finds.
    pub(crate) fn lookup_profile(&self) -> &Profile {
        &self.0.lookup
    }

    pub(crate) fn is_expired(&self, exp: Option<NumericDate>) -> bool {
        exp.is_some() && self.0.policy.is_expired(exp, self.0.clock.now())
    }

    /// Reads a verified payload.
    pub(crate) fn read_payload(&self, payload: Bytes) -> Opened<T> {
        let now = self.0.clock.now();
        let read = || {
            let (claims, data) = claims::read(&payload, self.0.reserved, self.0.policy.required)?;
            let facts = self.0.policy.check(&claims, now)?;
            let Wire(data) = data?;
            Ok((facts, data))
        };
        match read() {
            Err(error) => Opened::Rejected(error),
            Ok((facts, data)) if self.0.policy.is_expired(facts.expires_at, now) => {
                Opened::Expired(Found { facts, data, payload })
            }
            Ok((facts, data)) => Opened::Valid(Found { facts, data, payload }),
        }
    }

    /// The struct of a payload that was read before.
    pub(crate) fn read_again(&self, payload: &[u8]) -> Option<T> {
        let (_, data) = claims::read(payload, self.0.reserved, &[]).ok()?;
        data.ok().map(|Wire(data)| data)
    }

    /// The payload of a token made now, and its facts.
    fn draft(
        &self,
        data: Arc<T>,
        stamping: &Stamping<'_, T>,
        now: NumericDate,
    ) -> Result<(Current<T>, Vec<u8>), Error> {
        let (id, created_at, exp): (Arc<str>, _, _) = match stamping {
            Stamping::Keep(old) => (Arc::clone(&old.id), old.created_at, old.exp()),
            Stamping::Fresh { exp_of } => {
                let exp = self.0.policy.expiry(now).or_else(|| exp_of.and_then(Current::exp));
                (T::__generate_id().into(), now, exp)
            }
        };
        if id.is_empty() {
            return Err(Error::new(ErrorKind::ClaimInvalid, "the `id` function returned an empty string"));
        }
        let stamp = self.0.policy.stamp(&id, created_at, exp);
        let payload = claims::write(&Wire(&*data), &stamp, self.0.spec.mapping, self.0.reserved)?;
        let expires_at = T::Lifetime::expires_at(exp);
        let token = Token::new("");
        Ok((Current { id, created_at, expires_at, data, token, source: Source::New }, payload))
    }

    /// Makes a token; a slow one on a worker thread. All its times count from `now`.
    pub(crate) async fn mint(
        &self,
        data: Arc<T>,
        stamping: Stamping<'_, T>,
        now: NumericDate,
    ) -> Result<Current<T>, Error> {
        let (mut current, mut payload) = self.draft(data, &stamping, now)?;
        // The browser that gets this token will be back with it.
        let made = self.verified().remembers().then(|| Payload::from(payload.clone()));
        let codec = &self.0.codec;
        let token = match codec.seal_now(&mut payload)? {
            Some(token) => token,
            None => {
                let codec = Arc::clone(codec);
                workers::run(Lane::Making, codec.cost(), move || codec.seal(&payload)).await??
            }
        };
        self.stock_up();
        let key = self.identity_of_key();
        if let (Some(made), Some(place)) = (made, self.place(&token, key)) {
            place.put(made, current.exp(), key);
        }
        current.token = Token::new(token);
        Ok(current)
    }

    /// Has a worker do the slow part of coming writes, one at a time and behind what requests wait for.
    fn stock_up(&self) {
        if !self.0.codec.is_short() || self.0.stocking.swap(true, Ordering::AcqRel) {
            return;
        }
        let tokens = self.clone();
        let queued = workers::run_aside(move || {
            tokens.0.codec.stock_up();
            tokens.0.stocking.store(false, Ordering::Release);
            tokens.stock_up();
        });
        if !queued {
            self.0.stocking.store(false, Ordering::Release);
        }
    }

    /// The `Set-Cookie` lines for a new token.
    pub(crate) fn cookies(
        &self,
        current: &Current<T>,
        now: NumericDate,
        held_chunks: &[usize],
    ) -> Result<Vec<HeaderValue>, Error> {
        match &self.0.cookie {
            Some(cookie) => cookie.set(&current.token, current.exp(), now, held_chunks),
            None => Ok(Vec::new()),
        }
    }

    /// The `Set-Cookie` lines that remove the session from the client.
    pub(crate) fn removal(&self, held_chunks: &[usize]) -> Result<Vec<HeaderValue>, Error> {
        self.0.cookie.as_ref().map_or_else(|| Ok(Vec::new()), |cookie| cookie.remove(held_chunks))
    }

    /// The request's session, for all that can be done with it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Overloaded`], or [`ErrorKind::Hook`] when a hook failed. A token that is refused is no error: the
    /// manager's [`status`](SessionManager::status) tells.
    pub async fn manager<S>(&self, context: &RequestContext<S>) -> Result<SessionManager<T>, Error>
    where
        S: ProvidesState<T::State>,
    {
        self.open_in(context.context::<T>()).await
    }

    /// The request's session, if it has a valid one. Writes nothing.
    ///
    /// # Errors
    ///
    /// As [`manager`](Self::manager).
    pub async fn get<S>(&self, context: &RequestContext<S>) -> Result<Option<Current<T>>, Error>
    where
        S: ProvidesState<T::State>,
    {
        Ok(self.manager(context).await?.current())
    }

    /// The token of the request's session, if it is valid: the request's own, or the one that a write made since.
    ///
    /// # Errors
    ///
    /// As [`manager`](Self::manager).
    pub async fn token<S>(&self, context: &RequestContext<S>) -> Result<Option<Token>, Error>
    where
        S: ProvidesState<T::State>,
    {
        Ok(self.get(context).await?.map(|current| current.token))
    }

    /// Begins a session with this data, or replaces the one that is there.
    ///
    /// # Errors
    ///
    /// As [`SessionManager::replace`].
    pub fn replace<S>(&self, context: &RequestContext<S>, data: T) -> Work<'_, Current<T>>
    where
        S: ProvidesState<T::State>,
        T: Writable,
    {
        let context = context.context::<T>().clone();
        Box::pin(async move { self.open_in(&context).await?.replace(data).await })
    }

    /// Merges the patch into the request's session, or begins one.
    ///
    /// # Errors
    ///
    /// As [`SessionManager::update`].
    pub fn update<S>(&self, context: &RequestContext<S>, patch: T::Patch) -> Work<'_, Current<T>>
    where
        S: ProvidesState<T::State>,
        T: Writable,
    {
        let context = context.context::<T>().clone();
        Box::pin(async move { self.open_in(&context).await?.update(patch).await })
    }

    /// Ends the request's session.
    ///
    /// # Errors
    ///
    /// As [`SessionManager::clear`].
    pub fn clear<S>(&self, context: &RequestContext<S>) -> Work<'_, ()>
    where
        S: ProvidesState<T::State>,
        T: Writable,
    {
        let context = context.context::<T>().clone();
        Box::pin(async move { self.open_in(&context).await?.clear().await })
    }

    /// Makes an encrypted token of this data, with a new `jti`, now as `iat`, and `exp` where there is a `max_age`.
    /// Touches no request and no cookie, and fires no hook.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unserializable`]; [`ErrorKind::Overloaded`] for a password.
    pub fn seal<'a>(&'a self, data: &'a T) -> Work<'a, Current<T>>
    where
        T: Encrypted + Writable,
    {
        Box::pin(self.issue(data))
    }

    /// Opens an encrypted token that came by another way than the session's cookie or header, under the same policy and
    /// limits. Fires no hook.
    ///
    /// # Errors
    ///
    /// Why the token was refused; [`ErrorKind::Expired`] for one that was good once.
    pub fn unseal<'a>(&'a self, token: &'a str) -> Work<'a, Current<T>>
    where
        T: Encrypted,
    {
        Box::pin(self.accept(token))
    }

    /// Makes a signed token of this data; see [`seal`](Self::seal).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unserializable`].
    pub fn sign<'a>(&'a self, data: &'a T) -> Work<'a, Current<T>>
    where
        T: Signed + Writable,
    {
        Box::pin(self.issue(data))
    }

    /// Verifies a signed token; see [`unseal`](Self::unseal).
    ///
    /// # Errors
    ///
    /// Why the token was refused; [`ErrorKind::Expired`] for one that was good once.
    pub fn verify<'a>(&'a self, token: &'a str) -> Work<'a, Current<T>>
    where
        T: Signed,
    {
        Box::pin(self.accept(token))
    }

    /// The `Cookie` header of a client that holds a session with this data, chunks included. For tests.
    ///
    /// A password is derived on the calling thread.
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
        let (_, payload) = self.draft(Arc::new(data.__copy()), &Stamping::Fresh { exp_of: None }, now)?;
        cookie.request_header(&self.0.codec.seal(&payload)?, now)
    }

    /// What a request's headers tell, without a request around them; for measurements of the core.
    #[doc(hidden)]
    pub fn __read(&self, headers: &HeaderMap) -> Option<T> {
        offer(headers, self.0.spec).candidates().find_map(|candidate| {
            match self.open_now(candidate.token.as_ref()?)? {
                Opened::Valid(found) => Some(found.data),
                Opened::Expired(_) | Opened::Rejected(_) => None,
            }
        })
    }

    /// The `Set-Cookie` lines of a new session, without a request around it; for measurements of the core.
    #[doc(hidden)]
    pub fn __write(&self, data: T) -> Result<Vec<HeaderValue>, Error> {
        let now = self.now();
        let (mut current, mut payload) =
            self.draft(Arc::new(data), &Stamping::Fresh { exp_of: None }, now)?;
        current.token = Token::new(match self.0.codec.seal_now(&mut payload)? {
            Some(token) => token,
            None => self.0.codec.seal(&payload)?,
        });
        self.cookies(&current, now, &[])
    }

    async fn open_in(&self, context: &Context) -> Result<SessionManager<T>, Error> {
        SessionManager::open(context, self, None, None).await
    }

    async fn issue(&self, data: &T) -> Result<Current<T>, Error> {
        self.mint(Arc::new(data.__copy()), Stamping::Fresh { exp_of: None }, self.now()).await
    }

    async fn accept(&self, token: &str) -> Result<Current<T>, Error> {
        match self.open(token).await? {
            Opened::Valid(found) => Ok(found.into_current(token, Source::External)),
            Opened::Expired(_) => Err(Error::new(ErrorKind::Expired, "")),
            Opened::Rejected(error) => Err(error),
        }
    }
}
