//! From a token to a session: parse, find the key, open, check.

use std::sync::Arc;

use super::current::{Current, Source};
use super::events::KeyLookup;
use super::manager::Scope;
use crate::error::{Error, ErrorKind};
use crate::jose::Header;
use crate::session::Session;
use crate::session::tokens::{CodecOf, Tokens};
use crate::session::verified::{Payload, Place};
use crate::token::{Codec as _, Identity, KeyFamily as _};
use crate::workers;

/// What a token turned out to be.
pub(crate) enum Opened<T: Session> {
    Valid(Current<T>),
    Expired(Current<T>),
    Rejected(Error),
}

impl<T: Session> Tokens<T> {
    /// Opens a token with the session's own keys.
    ///
    /// # Errors
    ///
    /// Only what is not the token's fault.
    pub(crate) async fn open(&self, token: &str, source: Source) -> Result<Opened<T>, Error> {
        self.open_with(self.codec(), self.identity_of_key(), token, source).await
    }

    /// Opens a token with the key that the hook finds for it.
    pub(crate) async fn open_looked_up(
        &self,
        token: &str,
        source: Source,
        scope: Scope<'_, T>,
    ) -> Result<Opened<T>, Error> {
        let header = match self.codec().parse(token) {
            Ok(parsed) => Header::of(&parsed),
            Err(error) => return Ok(Opened::Rejected(error)),
        };
        let found = T::__key_lookup(KeyLookup::new(scope, &header)).await;
        let key = found.map_err(|error| {
            tracing::error!(session = T::SPEC.type_name, %error, "the `key_lookup` hook failed");
            error.into_error()
        })?;
        let Some(key) = key else {
            return self.open(token, source).await;
        };
        match key.prepare(&[], self.lookup_profile()) {
            Ok(codec) => {
                let codec = Arc::new(codec);
                self.open_with(&codec, &codec.identity(), token, source).await
            }
            Err(error) => {
                tracing::error!(session = T::SPEC.type_name, %error, "the `key_lookup` hook returned an unusable key");
                Ok(Opened::Rejected(Error::new(ErrorKind::KeyNotFound, "the looked-up key is unusable")))
            }
        }
    }

    async fn open_with(
        &self,
        codec: &Arc<CodecOf<T>>,
        key: &Identity,
        token: &str,
        source: Source,
    ) -> Result<Opened<T>, Error> {
        // One that is too long to be looked at is refused below.
        let place =
            if token.len() <= self.max_token_len() { self.verified().place(token, key) } else { None };
        if let Some(payload) = place.as_ref().and_then(|place| place.get(self.now())) {
            return Ok(self.read_payload(&payload, token, source));
        }
        let payload = match codec.parse(token).and_then(|parsed| codec.open_now(&parsed)) {
            Ok(Some(payload)) => payload,
            Ok(None) => {
                return match self.open_slowly(codec, key, token).await? {
                    Ok(payload) => {
                        let opened = self.read_payload(&payload, token, source);
                        remember(place, &opened, key, || payload);
                        Ok(opened)
                    }
                    Err(error) => Ok(Opened::Rejected(error)),
                };
            }
            Err(error) => return Ok(Opened::Rejected(error)),
        };
        let opened = self.read_payload(&payload, token, source);
        remember(place, &opened, key, || payload.into());
        Ok(opened)
    }

    /// On a worker thread, and once for all requests that bring this token meanwhile.
    async fn open_slowly(
        &self,
        codec: &Arc<CodecOf<T>>,
        key: &Identity,
        token: &str,
    ) -> Result<Result<Payload, Error>, Error> {
        let open = async {
            let (worker, owned) = (Arc::clone(codec), token.to_owned());
            let payload = workers::run(move || worker.open(&worker.parse(&owned)?)).await?;
            Ok(payload.map(Payload::from))
        };
        self.verified().open_once(token, key, open).await
    }
}

fn remember<T: Session>(
    place: Option<Place<'_>>,
    opened: &Opened<T>,
    key: &Identity,
    payload: impl FnOnce() -> Payload,
) {
    if let (Some(place), Opened::Valid(current)) = (place, opened) {
        place.put(payload(), current.exp(), key);
    }
}
