//! Opening a token: parsing it, finding its key, verifying or decrypting it, and checking its claims.

use std::mem;
use std::ops::Deref;
use std::sync::Arc;

use super::cache::{CacheSlot, Content, Payload, Reading, Remembered};
use super::keys::{NoKeys, Prepared};
use super::{CodecOf, Tokens};
use crate::claims::{Facts, Id};
use crate::clock::NumericDate;
use crate::cookie::read::TokenText;
use crate::error::{Error, ErrorKind};
use crate::login::id::LoginId;
use crate::login::memory::Recall;
use crate::session::current::{CompactToken, Current, Source};
use crate::session::{Lifetime as _, Provenance as _, SessionType};
use crate::token::{Codec as _, Identity};
use crate::util::measure;
use crate::util::meter::Cost;
use crate::util::workers::{self, Lane};

/// The result of opening a token.
pub(crate) enum Opened<T> {
    Valid(Found<T>),
    Expired(Found<T>),
    /// The token is valid, but its login has ended.
    Ended,
    /// The token is valid, but a copy: its successor is in use, and the login has ended for that.
    Reused(Found<T>),
    /// The token is genuine, but its payload is not one that this program can make a session of.
    Unreadable(Box<Unreadable>),
    Rejected(Error),
}

pub(crate) const ENDED: Error = Error::new(ErrorKind::Ended, "");
pub(crate) const REUSED: Error = Error::new(ErrorKind::Reused, "");

/// A session as read from a payload.
pub(crate) struct Found<T> {
    pub(crate) facts: Facts,
    pub(crate) data: Data<T>,
    pub(crate) payload: Bytes,
    /// The token, if it is remembered.
    pub(crate) token: Option<CompactToken>,
    /// `false` if the store of logins is out.
    pub(crate) is_checked: bool,
}

/// A genuine token of a payload that this program cannot make a session of. It stays, for a program that can, unless it has
/// expired.
pub(crate) struct Unreadable {
    pub(crate) facts: Facts,
    pub(crate) reason: Error,
    payload: Bytes,
}

impl Unreadable {
    pub(super) fn new(facts: Facts, reason: Error, payload: Bytes) -> Self {
        Self { facts, reason, payload }
    }

    /// Returns the login that the token belongs to.
    pub(crate) fn login(&self) -> Option<LoginId> {
        self.facts.sign_in.login_id()
    }
}

/// The struct of a session, owned or shared with what is remembered of its token.
pub(crate) enum Data<T> {
    Own(T),
    Shared(Arc<T>),
}

impl<T> Deref for Data<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Own(data) => data,
            Self::Shared(data) => data,
        }
    }
}

impl<T> From<Data<T>> for Arc<T> {
    fn from(data: Data<T>) -> Self {
        match data {
            Data::Own(data) => Self::new(data),
            Data::Shared(data) => data,
        }
    }
}

impl<T: SessionType> Data<T> {
    pub(crate) fn into_own(self) -> T {
        match self {
            Self::Own(data) => data,
            Self::Shared(data) => data.__copy(),
        }
    }
}

/// A verified payload, owned or shared with the cache.
pub(crate) enum Bytes {
    Own(Vec<u8>),
    Remembered(Payload),
    /// Nothing: the struct that was read from it is shared, and the facts do not refer to it.
    Read,
}

impl Bytes {
    /// Returns the payload to be shared with the cache.
    fn share(&mut self) -> Option<Payload> {
        let payload = match self {
            Self::Own(bytes) => Payload::from(mem::take(bytes)),
            Self::Remembered(payload) => return Some(payload.clone()),
            Self::Read => return None,
        };
        *self = Self::Remembered(payload.clone());
        Some(payload)
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Remembered(payload) => payload,
            Self::Read => &[],
        }
    }
}

/// Returns what was read of a token before.
fn read_before<T: SessionType>(
    known: Option<&Arc<Remembered<T>>>,
    now: NumericDate,
) -> Option<(Found<T>, &Reading<T>)> {
    let known = known?;
    let reading = known.reading(now)?;
    let (facts, data) = (reading.facts.clone(), Data::Shared(Arc::clone(&reading.data)));
    let remembered: Arc<Remembered<T>> = Arc::clone(known);
    let token = Some(CompactToken::shared(remembered));
    Some((Found { facts, data, payload: Bytes::Read, token, is_checked: true }, reading))
}

/// Returns whether a payload consists of so many short values, beside the struct's own members, that each may take much more
/// than its text: a list of numbers or of empty objects.
fn is_dense(payload: &[u8], members: usize) -> bool {
    /// The bytes of text for each value.
    const SPARSE: usize = 16;
    /// More than the library's own claims.
    const CLAIMS: usize = 20;
    let values = memchr::memchr_iter(b',', payload).count();
    values.saturating_sub(members + CLAIMS) * SPARSE > payload.len()
}

impl<T: SessionType> Found<T> {
    pub(super) fn new(facts: Facts, data: T, payload: Bytes) -> Self {
        Self { facts, data: Data::Own(data), payload, token: None, is_checked: true }
    }

    pub(crate) fn into_current(self, token: &str, source: Source) -> Current<T> {
        let is_checked = self.is_checked;
        let token = self.token.unwrap_or_else(|| CompactToken::new(token));
        self.facts.current(&self.payload, self.data, token, source, is_checked)
    }
}

impl Facts {
    /// Returns the session with these facts; `payload` is the one from which they were read.
    pub(crate) fn current<T: SessionType>(
        self,
        payload: &[u8],
        data: impl Into<Arc<T>>,
        token: CompactToken,
        source: Source,
        is_checked: bool,
    ) -> Current<T> {
        Current {
            id: T::Provenance::id(self.id.map(|id| id.into_text(payload))),
            created_at: T::Provenance::created_at(self.created_at),
            expires_at: T::Lifetime::expires_at(self.expires_at),
            data: data.into(),
            token,
            source,
            choice: self.choice,
            sign_in: self.sign_in,
            issuer: self.issuer,
            version: self.version,
            is_checked,
        }
    }
}

impl<T: SessionType> Tokens<T> {
    /// Opens a token with the session's own keys.
    ///
    /// # Errors
    ///
    /// Only failures that are not the token's fault.
    pub(crate) async fn open_own(&self, token: &str) -> Result<Opened<T>, Error> {
        let opened = self.open_unchecked(token).await?;
        self.check_login(opened).await
    }

    /// Does the same as [`open_own`](Self::open_own), or returns `None` if that needs a worker thread or the store of
    /// logins.
    pub(crate) fn open_now(&self, token: &TokenText<'_>) -> Option<Opened<T>> {
        let now = self.0.clock.moment();
        let keys = match self.0.keys.of_token(token, &self.0.policy, now.date()) {
            Ok(keys) => keys,
            Err(NoKeys::Refused(error)) => return Some(Opened::Rejected(error)),
            Err(NoKeys::Out(_)) => return None,
        };
        let slot = self.slot(token.pieces(), &keys.identity);
        let known = self.known(slot.as_ref(), now.date());
        let (opened, recall) = match read_before(known.as_ref(), now.date()) {
            Some((found, reading)) => (Opened::Valid(found), self.recall_reading(reading, now)),
            None => {
                let opened = self.open_anew(&keys, token, slot, known.as_deref(), now.date())?;
                if self.unknown_kid(&opened, token, &keys).is_some() {
                    return None;
                }
                let recall = self.recall_login(&opened, now);
                (opened, recall)
            }
        };
        match recall {
            Recall::Live => Some(opened),
            Recall::Ended => Some(Opened::Ended),
            Recall::Compare | Recall::Unknown => None,
        }
    }

    /// Opens a token with the session's own keys, whether or not its login has ended.
    ///
    /// # Errors
    ///
    /// As [`open_own`](Self::open_own).
    pub(crate) async fn open_unchecked(&self, token: &str) -> Result<Opened<T>, Error> {
        let keys = match self.keys_of(token) {
            Ok(keys) => keys,
            Err(NoKeys::Refused(error)) => return Ok(Opened::Rejected(error)),
            Err(NoKeys::Out(error)) => {
                self.0.keys.revive(token, &self.0.policy).await;
                self.keys_of(token).map_err(|_| error)?
            }
        };
        let opened = self.open_with_unchecked(&keys, token).await?;
        let Some(kid) = self.unknown_kid(&opened, token, &keys) else { return Ok(opened) };
        self.0.keys.find(token, &self.0.policy, &kid).await?;
        match self.keys_of(token) {
            Ok(new) if new.identity != keys.identity => self.open_with_unchecked(&new, token).await,
            Err(NoKeys::Out(error)) => Err(error),
            Ok(_) | Err(NoKeys::Refused(_)) => Ok(opened),
        }
    }

    /// Returns the `kid` of a token for which there is no key, if its issuer might have published one since.
    fn unknown_kid(&self, opened: &Opened<T>, token: &str, keys: &Prepared<CodecOf<T>>) -> Option<String> {
        let Opened::Rejected(error) = opened else { return None };
        match error.kind() {
            ErrorKind::KeyNotFound | ErrorKind::JwsAlgorithmNotAllowed => {
                self.0.keys.may_find(token, &self.0.policy, keys)
            }
            // A key without a name is tried whatever name the token gives.
            ErrorKind::JwsSignatureInvalid => {
                self.0.keys.may_find(token, &self.0.policy, keys).filter(|kid| !keys.codec.names(kid))
            }
            _ => None,
        }
    }

    pub(crate) async fn open_with_unchecked(
        &self,
        keys: &Prepared<CodecOf<T>>,
        token: &str,
    ) -> Result<Opened<T>, Error> {
        if let Some(opened) = self.try_open(keys, token, self.now()) {
            return Ok(opened);
        }
        let payload = self.open_slowly(&keys.codec, &keys.identity, token).await?;
        Ok(match payload {
            Ok(payload) => {
                let now = self.now();
                let opened = self.read_payload(Bytes::Remembered(payload), keys.issuer, now);
                self.keep(opened, keys, self.slot(&[token], &keys.identity), now)
            }
            Err(error) => Opened::Rejected(error),
        })
    }

    /// Returns `None` if opening the token needs a worker thread.
    fn try_open(&self, keys: &Prepared<CodecOf<T>>, token: &str, now: NumericDate) -> Option<Opened<T>> {
        let pieces = [token];
        let slot = self.slot(&pieces, &keys.identity);
        let known = self.known(slot.as_ref(), now);
        match read_before(known.as_ref(), now) {
            Some((found, _)) => Some(Opened::Valid(found)),
            None => self.open_anew(keys, token, slot, known.as_deref(), now),
        }
    }

    /// Returns what is remembered of a token.
    fn known(&self, slot: Option<&CacheSlot<'_, T>>, now: NumericDate) -> Option<Arc<Remembered<T>>> {
        let known = slot?.get(now);
        measure::looked_up(T::SPEC.type_name, known.is_some());
        known
    }

    /// Opens a token that was not read before, though it may be known to be genuine. Returns `None` if that needs a worker
    /// thread.
    fn open_anew(
        &self,
        keys: &Prepared<CodecOf<T>>,
        token: &str,
        slot: Option<CacheSlot<'_, T>>,
        known: Option<&Remembered<T>>,
        now: NumericDate,
    ) -> Option<Opened<T>> {
        if let Some(payload) = known.and_then(Remembered::payload) {
            let opened = self.read_payload(Bytes::Remembered(payload.clone()), keys.issuer, now);
            return Some(match (slot, opened) {
                // The memory knows the others already.
                (Some(slot), Opened::Valid(found)) if self.keeps_struct(&found.facts, payload) => {
                    Opened::Valid(self.remember(found, &slot, false, now))
                }
                (_, opened) => opened,
            });
        }
        let codec = &keys.codec;
        Some(match codec.parse(token).and_then(|parsed| codec.open_now(&parsed)) {
            Ok(Some(payload)) => {
                self.keep(self.read_payload(Bytes::Own(payload), keys.issuer, now), keys, slot, now)
            }
            Ok(None) => return None,
            Err(error) => Opened::Rejected(error),
        })
    }

    /// Returns the place of a token, which came in these pieces, in the memory.
    pub(crate) fn slot<'a>(&'a self, pieces: &'a [&'a str], key: &'a Identity) -> Option<CacheSlot<'a, T>> {
        // A token that is too long is not looked up; the codec refuses it.
        let len: usize = pieces.iter().map(|piece| piece.len()).sum();
        if len <= self.max_token_len() { self.cache().slot(pieces, key) } else { None }
    }

    /// Remembers a token that proved genuine, if the session does: at once if opening it was costly, for as long as fits
    /// beside those that come often, and otherwise if it comes often itself.
    fn keep(
        &self,
        opened: Opened<T>,
        keys: &Prepared<CodecOf<T>>,
        slot: Option<CacheSlot<'_, T>>,
        now: NumericDate,
    ) -> Opened<T> {
        let Some(slot) = slot else { return opened };
        let is_genuine = match &opened {
            Opened::Valid(_) => true,
            Opened::Unreadable(unreadable) => unreadable.reason.keeps_token(),
            Opened::Expired(_) | Opened::Ended | Opened::Reused(_) | Opened::Rejected(_) => false,
        };
        if !is_genuine {
            return opened;
        }
        let often = slot.see();
        if !often && !keys.codec.is_costly() {
            return opened;
        }
        match opened {
            Opened::Valid(found) => Opened::Valid(self.remember(found, &slot, often, now)),
            Opened::Unreadable(mut unreadable) => {
                if let Some(payload) = unreadable.payload.share() {
                    slot.put(Content::Payload(payload, unreadable.facts.expires_at), often);
                }
                Opened::Unreadable(unreadable)
            }
            opened => opened,
        }
    }

    /// Returns whether the struct of a payload is remembered instead of it: if each reading makes an equal one, which a
    /// migration, as the service's own code, need not, and if it does not take many times the payload's memory.
    fn keeps_struct(&self, facts: &Facts, payload: &[u8]) -> bool {
        let reads_alike = !T::SPEC.fresh_members && facts.version >= self.0.spec.own_version();
        reads_alike && !is_dense(payload, self.0.spec.members.len())
    }

    fn remember(&self, found: Found<T>, slot: &CacheSlot<'_, T>, often: bool, now: NumericDate) -> Found<T> {
        let Found { mut facts, mut data, mut payload, token, is_checked } = found;
        // Shared, so that it is wiped with its last reference.
        let Some(bytes) = payload.share() else { return Found { facts, data, payload, token, is_checked } };
        if self.keeps_struct(&facts, &bytes) {
            let shared: Arc<T> = data.into();
            facts.id = facts.id.map(|id| Id::Own(id.into_text(&bytes)));
            let reading = Reading::new(facts.clone(), Arc::clone(&shared), now);
            slot.put(Content::Read(reading), often);
            (data, payload) = (Data::Shared(shared), Bytes::Read);
        } else {
            slot.put(Content::Payload(bytes, facts.expires_at), often);
        }
        Found { facts, data, payload, token, is_checked }
    }

    /// Opens a token on a worker thread, once for all concurrent requests with the same token.
    async fn open_slowly(
        &self,
        codec: &Arc<CodecOf<T>>,
        key: &Identity,
        token: &str,
    ) -> Result<Result<Payload, Error>, Error> {
        let open = async {
            let (worker, owned) = (Arc::clone(codec), token.to_owned());
            let cost = codec.parse(token).map_or(Cost::NONE, |parsed| codec.open_cost(&parsed));
            let payload =
                workers::run(Lane::Opening, cost.time(), move || worker.open(&worker.parse(&owned)?)).await?;
            Ok(payload.map(Payload::from))
        };
        self.cache().openings.run(token, key, open).await
    }
}
