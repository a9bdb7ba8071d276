//! Making a session's token and cookies.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use http::HeaderValue;

use super::Tokens;
use super::cache::{Content, Payload};
use crate::claims::data::Wire;
use crate::claims::versions::StampedPlace;
use crate::claims::{self, Choice, Facts, Id};
use crate::clock::NumericDate;
use crate::crypto::random_number;
use crate::error::{Error, ErrorKind};
use crate::login::SignIn;
use crate::session::current::{CompactToken, Current, Source};
use crate::session::{Provenance as _, SessionType};
use crate::token::Codec as _;
use crate::util::workers::{self, Lane};

/// The origin of a new token's `jti`, `iat` and `exp`.
pub(crate) enum Stamping<'a, T: SessionType> {
    /// A new `jti`, now as `iat`, and `max_age` from now as `exp`. A session without `max_age` keeps its
    /// token's `exp`.
    Fresh { exp_of: Option<&'a Current<T>>, choice: Choice, sign_in: SignIn },
    /// The same for a session that begins within the login of another one, but never past the end of that one's token.
    Within { until: Option<NumericDate>, choice: Choice, sign_in: SignIn },
    /// Those of the session that is updated.
    Keep(&'a Current<T>, Choice),
    /// A new `jti`, now as `iat`, and the chosen lifetime from now as `exp`, but never past the end of the
    /// session that is updated.
    Shorter(&'a Current<T>, Choice),
}

impl<T: SessionType> Stamping<'_, T> {
    /// Sets the sign-in of a new session.
    pub(crate) fn set_sign_in(&mut self, new: SignIn) {
        if let Self::Fresh { sign_in, .. } = self {
            *sign_in = new;
        }
    }

    /// Makes a new session one of this login.
    pub(crate) fn enter(&mut self, sign_in: SignIn, until: Option<NumericDate>) {
        if let Self::Fresh { choice, .. } = self {
            *self = Self::Within { until, choice: *choice, sign_in };
        }
    }

    /// Returns the session whose login the token belongs to, if that is another token of the session.
    pub(crate) fn kept(&self) -> Option<&Current<T>> {
        match self {
            Self::Fresh { exp_of, .. } => *exp_of,
            Self::Keep(old, _) | Self::Shorter(old, _) => Some(old),
            Self::Within { .. } => None,
        }
    }

    /// Returns `true` for a new session with a login of its own, which has no token before this one.
    pub(crate) fn begins(&self) -> bool {
        matches!(self, Self::Fresh { exp_of: None, .. })
    }

    /// Returns the stamping of a new session with this sign-in.
    pub(super) fn of_new(sign_in: SignIn) -> Self {
        Self::Fresh { exp_of: None, choice: Choice::default(), sign_in }
    }
}

/// A token that has not been signed or encrypted yet.
pub(super) struct UnsealedToken<T> {
    facts: Facts,
    data: Arc<T>,
    pub(super) payload: Vec<u8>,
}

impl<T: SessionType> Tokens<T> {
    /// Returns the payload of a token made now, and its facts.
    pub(super) fn unsealed(
        &self,
        data: Arc<T>,
        stamping: &Stamping<'_, T>,
        now: NumericDate,
    ) -> Result<UnsealedToken<T>, Error> {
        /// The minimum capacity in bytes: two dates, an id and their names, and a few members.
        const LEAST: usize = 256;
        let policy = &self.0.policy;
        let (id, created_at, exp, choice, sign_in): (Arc<str>, _, _, _, _) = match stamping {
            Stamping::Keep(old, choice) => {
                let id = T::Provenance::id_of(&old.id).cloned().unwrap_or_default();
                (id, old.iat().unwrap_or(now), old.exp(), *choice, old.sign_in.clone())
            }
            Stamping::Shorter(old, choice) => {
                let exp = policy.expiry(now, *choice, &old.sign_in).into_iter().chain(old.exp()).min();
                (T::__call_id_function(), now, exp, *choice, old.sign_in.clone())
            }
            Stamping::Within { until, choice, sign_in } => {
                let exp =
                    policy.new_expiry(now, *choice, sign_in, random_number).into_iter().chain(*until).min();
                (T::__call_id_function(), now, exp, *choice, sign_in.clone())
            }
            Stamping::Fresh { exp_of, choice, sign_in } => {
                let exp = policy
                    .new_expiry(now, *choice, sign_in, random_number)
                    .or_else(|| exp_of.and_then(Current::exp));
                (T::__call_id_function(), now, exp, *choice, sign_in.clone())
            }
        };
        if id.is_empty() {
            return Err(Error::new(ErrorKind::Unserializable, "the `id` function returned an empty string"));
        }
        // No program of the older version could read the session before, so none has to read it now.
        let before = stamping.kept().map_or(0, Current::version);
        let downgrade = self.0.writes.filter(|downgrade| before <= downgrade.version);
        let version = downgrade.map_or_else(|| self.0.spec.own_version(), |downgrade| downgrade.version);
        let stamp = policy.stamp(&id, created_at, exp, choice, &sign_in, version);
        let capacity = self.0.payload_len.load(Ordering::Relaxed).max(LEAST) + LEAST / 8;
        let payload = match downgrade {
            Some(downgrade) => {
                let place = StampedPlace { stamp: &stamp, reserved: self.0.reserved, capacity };
                downgrade.write(&data, place)?
            }
            None => claims::write(
                &Wire::<_, T::Provenance>::new(&*data),
                &stamp,
                self.0.spec.mapping,
                self.0.reserved,
                capacity,
            )?,
        };
        self.0.payload_len.store(payload.len(), Ordering::Relaxed);
        if downgrade.is_some() || !self.is_symmetric(&data) {
            self.read_back(&payload, now.max(created_at))?;
        }
        Ok(UnsealedToken {
            facts: Facts {
                id: Some(Id::Own(id)),
                created_at: Some(created_at),
                expires_at: exp,
                choice,
                sign_in,
                issuer: None,
                version,
            },
            data,
            payload,
        })
    }

    /// Returns whether the payload of any data can be read back.
    fn is_symmetric(&self, data: &T) -> bool {
        let spec = self.0.spec;
        *self.0.symmetric.get_or_init(|| spec.symmetric && claims::is_derived::<T, T::Provenance>(data, spec))
    }

    /// Makes a token, on a worker thread if that is slow. All its times are relative to `now`.
    pub(crate) async fn mint(
        &self,
        data: Arc<T>,
        stamping: Stamping<'_, T>,
        now: NumericDate,
    ) -> Result<Current<T>, Error> {
        let UnsealedToken { facts, data, mut payload } = self.unsealed(data, &stamping, now)?;
        let keys = self.0.keys.own(now)?;
        let codec = &keys.codec;
        // The browser that receives this token will present it again.
        let made = (codec.is_costly() && self.cache().remembers()).then(|| Payload::from(payload.clone()));
        let token = match codec.seal_now(&mut payload)? {
            Some(token) => token,
            None => {
                let codec = Arc::clone(codec);
                let cost = codec.seal_cost().time();
                // Boxed, since most keys need no worker.
                Box::pin(workers::run(Lane::Making, cost, move || codec.seal(&payload))).await??
            }
        };
        self.derive_ahead();
        if let Some(slot) = self.slot(&[&token], &keys.identity) {
            let often = slot.see();
            // Not the struct: a reading need not make the one that was written.
            if let Some(made) = made {
                slot.put(Content::Payload(made, facts.expires_at), often);
            }
        }
        Ok(facts.current(&[], data, CompactToken::new(token), Source::New, true))
    }

    /// Starts the slow part of future writes on a worker, one at a time and with a lower priority than work
    /// that requests wait for.
    fn derive_ahead(&self) {
        let Ok(keys) = self.own_keys() else { return };
        if !keys.codec.runs_low() || self.0.deriving_ahead.swap(true, Ordering::AcqRel) {
            return;
        }
        let (tokens, codec) = (self.clone(), Arc::clone(&keys.codec));
        let queued = workers::run_aside(move || {
            codec.derive_ahead();
            tokens.0.deriving_ahead.store(false, Ordering::Release);
            tokens.derive_ahead();
        });
        if !queued {
            self.0.deriving_ahead.store(false, Ordering::Release);
        }
    }

    /// Returns the `Set-Cookie` lines for a new token.
    pub(crate) fn cookies(
        &self,
        current: &Current<T>,
        now: NumericDate,
        held_chunks: &[usize],
    ) -> Result<Vec<HeaderValue>, Error> {
        match &self.0.cookie {
            // A browser renews a bound session when it has no cookie of it, whatever a write chose.
            #[cfg(feature = "dbsc")]
            Some(cookie) if self.0.spec.bound => {
                let earlier = |exp: NumericDate| exp.as_secs().saturating_sub(super::device::EARLIER);
                let end = current.exp().map(|exp| NumericDate::from_secs(earlier(exp)).max(now.plus(1)));
                cookie.set_until(&current.token, end, now, held_chunks)
            }
            Some(cookie) if current.choice.browser_session || self.0.spec.ends_with_browser() => {
                cookie.set_until(&current.token, None, now, held_chunks)
            }
            Some(cookie) => cookie.set(&current.token, current.exp(), now, held_chunks),
            None => Ok(Vec::new()),
        }
    }

    /// Returns the `Set-Cookie` lines that remove the session from the client.
    pub(crate) fn removal(&self, held_chunks: &[usize]) -> Result<Vec<HeaderValue>, Error> {
        self.0.cookie.as_ref().map_or_else(|| Ok(Vec::new()), |cookie| cookie.remove(held_chunks))
    }

    /// Returns the `Set-Cookie` lines of a new session without a request, for benchmarks.
    #[doc(hidden)]
    pub fn __write(&self, data: T) -> Result<Vec<HeaderValue>, Error> {
        let now = self.now();
        let stamping = Stamping::of_new(self.unlisted_sign_in(&data));
        let UnsealedToken { facts, data, mut payload } = self.unsealed(Arc::new(data), &stamping, now)?;
        let codec = &self.own_keys()?.codec;
        let token = CompactToken::new(match codec.seal_now(&mut payload)? {
            Some(token) => token,
            None => codec.seal(&payload)?,
        });
        self.cookies(&facts.current(&[], data, token, Source::New, true), now, &[])
    }
}
