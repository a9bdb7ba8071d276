//! From a token to a session: parse, find the key, open, check.

use std::sync::Arc;

use super::current::{Current, Source};
use super::events::KeyLookup;
use super::manager::Scope;
use crate::error::{Error, ErrorKind};
use crate::jose::Header;
use crate::session::Session;
use crate::session::tokens::{CodecOf, Tokens};
use crate::token::{Codec as _, KeyFamily as _};
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
        self.open_with(self.codec(), token, source).await
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
            Ok(codec) => self.open_with(&Arc::new(codec), token, source).await,
            Err(error) => {
                tracing::error!(session = T::SPEC.type_name, %error, "the `key_lookup` hook returned an unusable key");
                Ok(Opened::Rejected(Error::new(ErrorKind::KeyNotFound, "the looked-up key is unusable")))
            }
        }
    }

    async fn open_with(
        &self,
        codec: &Arc<CodecOf<T>>,
        token: &str,
        source: Source,
    ) -> Result<Opened<T>, Error> {
        match codec.parse(token) {
            Err(error) => return Ok(Opened::Rejected(error)),
            Ok(parsed) if !codec.open_is_slow(&parsed) => {
                return Ok(self.opened(codec.open(&parsed), token, source));
            }
            Ok(_) => {}
        }
        let (worker, owned) = (Arc::clone(codec), token.to_owned());
        let payload = workers::run(move || worker.open(&worker.parse(&owned)?)).await?;
        Ok(self.opened(payload, token, source))
    }

    fn opened(&self, payload: Result<Vec<u8>, Error>, token: &str, source: Source) -> Opened<T> {
        match payload {
            Ok(payload) => self.read_payload(&payload, token, source),
            Err(error) => Opened::Rejected(error),
        }
    }
}
