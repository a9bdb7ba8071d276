//! Opening a token with the key that a hook finds for it.

use super::events::KeyLookup;
use super::{Session, report};
use crate::error::Error;
use crate::jose::Header;
use crate::request::manager::{Scope, SessionManager};
use crate::session::tokens::keys::Prepared;
use crate::session::tokens::open::Opened;
use crate::token::{Codec as _, KeyFamily as _};

/// Opens a token with the key that `key_lookup` returns, or with the session's own keys if it returns none.
///
/// # Errors
///
/// Only failures that are not the token's fault: the hook failed, its key is unusable, or the store of logins is out.
pub(crate) async fn open<T: Session>(inside: &SessionManager<T>, token: &str) -> Result<Opened<T>, Error> {
    let opened = open_unchecked(inside, token).await?;
    inside.slot.tokens.check_login(opened).await
}

/// Does the same as [`open`], whether or not the token's login has ended.
///
/// # Errors
///
/// As [`open`], but for the store.
pub(crate) async fn open_unchecked<T: Session>(
    inside: &SessionManager<T>,
    token: &str,
) -> Result<Opened<T>, Error> {
    let tokens = &inside.slot.tokens;
    let header = match tokens.own_keys()?.codec.parse(token) {
        Ok(parsed) => Header::of(&parsed),
        Err(error) => return Ok(Opened::Rejected(error)),
    };
    let event = KeyLookup::new(Scope::new(inside)?, &header);
    let found = T::__call_hook_key_lookup(event).await.map_err(|error| report::<T>("key_lookup", error))?;
    let Some(key) = found else { return tokens.open_unchecked(token).await };
    match key.prepare(&[], tokens.lookup_profile()) {
        Ok(codec) => tokens.open_with_unchecked(&Prepared::new(codec, None), token).await,
        Err(error) => {
            tracing::error!(session = T::SPEC.type_name, %error, "the `key_lookup` hook returned an unusable key");
            Err(error.into())
        }
    }
}
