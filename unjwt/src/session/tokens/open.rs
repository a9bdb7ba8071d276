//! Opening a token: parsing it, finding its key, verifying or decrypting it, and checking its claims.

use std::mem;
use std::ops::Deref;
use std::sync::Arc;

use super::cache::{CacheSlot, Payload};
use super::{CodecOf, Tokens};
use crate::claims::Facts;
use crate::clock::NumericDate;
use crate::error::{Error, ErrorKind};
use crate::login::memory::Recall;
use crate::session::current::{CompactToken, Current, Source};
use crate::session::{Lifetime as _, SessionType};
use crate::token::{Codec as _, Identity};
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
    Rejected(Error),
}

pub(crate) const ENDED: Error = Error::new(ErrorKind::Ended, "");
pub(crate) const REUSED: Error = Error::new(ErrorKind::Reused, "");

/// A session as read from a payload.
pub(crate) struct Found<T> {
    pub(crate) facts: Facts,
    pub(crate) data: T,
    pub(crate) payload: Bytes,
    /// `false` if the store of logins is out.
    pub(crate) is_checked: bool,
}

/// A verified payload, owned or shared with the cache.
pub(crate) enum Bytes {
    Own(Vec<u8>),
    Remembered(Payload),
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Remembered(payload) => payload,
        }
    }
}

impl<T: SessionType> Found<T> {
    pub(crate) fn into_current(self, token: &str, source: Source) -> Current<T> {
        let is_checked = self.is_checked;
        self.facts.current(&self.payload, self.data, CompactToken::new(token), source, is_checked)
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
            id: self.id.into_text(payload),
            created_at: self.created_at,
            expires_at: T::Lifetime::expires_at(self.expires_at),
            data: data.into(),
            token,
            source,
            choice: self.choice,
            sign_in: self.sign_in,
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
    pub(crate) fn open_now(&self, token: &str) -> Option<Opened<T>> {
        let now = self.0.clock.moment();
        let opened = self.try_open(self.codec(), self.identity_of_key(), token, now.date())?;
        match self.recall_login(&opened, now) {
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
        self.open_with_unchecked(self.codec(), self.identity_of_key(), token).await
    }

    pub(crate) async fn open_with_unchecked(
        &self,
        codec: &Arc<CodecOf<T>>,
        key: &Identity,
        token: &str,
    ) -> Result<Opened<T>, Error> {
        if let Some(opened) = self.try_open(codec, key, token, self.now()) {
            return Ok(opened);
        }
        let payload = self.open_slowly(codec, key, token).await?;
        Ok(match payload {
            Ok(payload) => self.keep(Bytes::Remembered(payload), self.slot(token, key), self.now()),
            Err(error) => Opened::Rejected(error),
        })
    }

    /// Returns `None` if opening the token needs a worker thread.
    fn try_open(
        &self,
        codec: &CodecOf<T>,
        key: &Identity,
        token: &str,
        now: NumericDate,
    ) -> Option<Opened<T>> {
        let slot = self.slot(token, key);
        if let Some(payload) = slot.as_ref().and_then(|slot| slot.get(now)) {
            return Some(self.read_payload(Bytes::Remembered(payload), now));
        }
        Some(match codec.parse(token).and_then(|parsed| codec.open_now(&parsed)) {
            Ok(Some(payload)) => self.keep(Bytes::Own(payload), slot, now),
            Ok(None) => return None,
            Err(error) => Opened::Rejected(error),
        })
    }

    pub(crate) fn slot(&self, token: &str, key: &Identity) -> Option<CacheSlot<'_>> {
        // A token that is too long is not hashed; the codec refuses it.
        if token.len() <= self.max_token_len() { self.cache().slot(token, key) } else { None }
    }

    /// Reads the payload of a token that proved genuine, and caches it if the session has a cache.
    fn keep(&self, payload: Bytes, slot: Option<CacheSlot<'_>>, now: NumericDate) -> Opened<T> {
        let mut opened = self.read_payload(payload, now);
        if let (Some(slot), Opened::Valid(found)) = (slot, &mut opened) {
            let payload = match mem::replace(&mut found.payload, Bytes::Own(Vec::new())) {
                Bytes::Own(bytes) => Payload::from(bytes),
                Bytes::Remembered(payload) => payload,
            };
            found.payload = Bytes::Remembered(payload.clone());
            slot.put(payload, found.facts.expires_at);
        }
        opened
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
        self.cache().open_once(token, key, open).await
    }
}
