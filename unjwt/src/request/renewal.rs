//! Renewals: a token is replaced by the response of a request that read it, or for a session that belongs to its login.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::HeaderMap;

use super::context::Context;
use super::hooks::events::Reuse;
use super::hooks::{Session, report};
use super::manager::{Scope, SessionManager};
use super::slot::Slot;
use super::write::{self, Edit};
use crate::cookie::caching::is_for_shared_caches;
use crate::error::{Error, ErrorKind};
use crate::login::id::LoginId;
use crate::login::ledger::Rotated;
use crate::session::current::{Current, Source};
use crate::session::tokens::open::{ENDED, REUSED};

/// The renewals of one response.
pub(crate) type Renewal = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Renews the login of a session that needs a token: always if it rotates, otherwise if that is due. Returns it as it
/// is then; `None` if it has ended. While the store is out, a login that is served is not renewed.
///
/// # Errors
///
/// [`ErrorKind::Unavailable`] if the login has to be checked and the store is out; those of a write.
pub(super) async fn on_demand<T: Session>(
    manager: &SessionManager<T>,
    current: Current<T>,
) -> Result<Option<Current<T>>, Error> {
    let is_due = T::SPEC.rotation().is_some() || manager.slot.tokens.is_due(&current);
    if !is_due || current.is_newer() || !can_carry(manager, &current) || !asks_store(manager) {
        return unrenewed(manager, current).await;
    }
    renew(manager, current).await
}

/// Returns the login as it is, unless it has ended: the request may have read it long ago.
///
/// # Errors
///
/// [`ErrorKind::Unavailable`] if the login has to be checked and the store is out.
pub(super) async fn unrenewed<T: Session>(
    manager: &SessionManager<T>,
    current: Current<T>,
) -> Result<Option<Current<T>>, Error> {
    match manager.slot.tokens.require_login(&current).await {
        Ok(()) => Ok(Some(current)),
        Err(error) if error.kind() == ErrorKind::Ended => {
            manager.slot.lock().lose(error);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Returns `false` while the store is known to be out, but for one renewal a second: nobody else waits for it, and the next
/// request renews as well.
fn asks_store<T: Session>(manager: &SessionManager<T>) -> bool {
    manager.slot.tokens.ledger().is_none_or(|ledger| ledger.may_answer())
}

/// Returns whether the response can carry a successor of the token to where it came from.
fn can_carry<T: Session>(manager: &SessionManager<T>, current: &Current<T>) -> bool {
    let is_from_cookie = current.source == Source::Cookie && manager.slot.given.is_none();
    is_from_cookie && !T::SPEC.read_only && !manager.context.is_closed()
}

async fn renew<T: Session>(
    manager: &SessionManager<T>,
    current: Current<T>,
) -> Result<Option<Current<T>>, Error> {
    let place = match T::SPEC.rotation() {
        None => None,
        Some(_) => match rotate_login(manager, &current).await? {
            Fate::Issued(place) => Some(place),
            Fate::Kept => return Ok(Some(current)),
            Fate::Lost(_) => return Ok(None),
            Fate::Out => return unrenewed(manager, current).await,
        },
    };
    match write::renew(manager, Edit::Renew(place)).await {
        Ok(renewed) => Ok(Some(renewed)),
        // A write of the handler is under way, and its token is as new.
        Err(error) if error.kind() == ErrorKind::Conflict => Ok(Some(current)),
        Err(error) => Err(error),
    }
}

/// The fate of a token that is to be renewed.
enum Fate {
    Kept,
    /// A token of this generation of this login replaces it.
    Issued((LoginId, u64)),
    /// The request has no session any more, for this reason.
    Lost(Error),
    /// The store does not answer.
    Out,
}

/// Renews the token's place in its login.
///
/// # Errors
///
/// Those of `on_reuse`.
async fn rotate_login<T: Session>(manager: &SessionManager<T>, current: &Current<T>) -> Result<Fate, Error> {
    let reason = match manager.slot.tokens.rotate_login(current).await {
        Ok((_, Rotated::Kept)) => return Ok(Fate::Kept),
        Ok((login, Rotated::Issued(generation))) => return Ok(Fate::Issued((login, generation))),
        Ok((_, Rotated::Ended)) => ENDED,
        Ok((_, Rotated::Reused)) => REUSED,
        Err(error) if error.kind() == ErrorKind::Unavailable => return Ok(Fate::Out),
        Err(error) => return Err(error),
    };
    manager.slot.lock().lose(reason.clone());
    if reason.kind() == ErrorKind::Reused {
        tell_reuse(manager, current).await?;
    }
    Ok(Fate::Lost(reason))
}

/// Returns the edit of a `rotate()`: a renewal, if the session rotates, the response can carry it and the store answers.
///
/// # Errors
///
/// [`ErrorKind::Ended`] and [`ErrorKind::Reused`], after which the request has no session; [`ErrorKind::CrossSite`]; those of
/// `on_reuse`.
pub(super) async fn on_rotate<'e, T: Session>(manager: &SessionManager<T>) -> Result<Edit<'e, T>, Error> {
    let Some(current) = manager.current().filter(|current| can_carry(manager, current)) else {
        return Ok(Edit::Rotate);
    };
    write::require_own_site(manager, Some(&current))?;
    if !asks_store(manager) {
        return Ok(Edit::Rotate);
    }
    match rotate_login(manager, &current).await? {
        Fate::Issued(place) => Ok(Edit::Renew(Some(place))),
        Fate::Kept | Fate::Out => Ok(Edit::Rotate),
        Fate::Lost(reason) => Err(reason),
    }
}

/// Runs `on_reuse` for a copy.
pub(super) async fn tell_reuse<T: Session>(
    manager: &SessionManager<T>,
    copy: &Current<T>,
) -> Result<(), Error> {
    tracing::warn!(
        session = T::SPEC.type_name,
        "a token was used again after its renewal; its login has ended"
    );
    if !T::HOOKS.on_reuse {
        return Ok(());
    }
    let inside = write::deeper(manager);
    let event = Reuse::new(Scope::new(&inside)?, copy);
    T::__call_hook_on_reuse(event).await.map_err(|error| report::<T>("on_reuse", error))
}

/// Returns the renewals that the response of this request is to carry, if any is due.
pub(crate) fn of_response(context: &Context, response: &HeaderMap) -> Option<Renewal> {
    let mut due = due(context);
    let first = due.next()?;
    if is_for_shared_caches(response) {
        return None;
    }
    let renewals: Vec<_> = [first].into_iter().chain(due).collect();
    Some(Box::pin(async move {
        for renewal in renewals {
            renewal.await;
        }
    }))
}

fn due(context: &Context) -> impl Iterator<Item = Renewal> {
    let slots: Vec<_> = context.asked().slots().filter(|slot| slot.may_renew()).cloned().collect();
    slots.into_iter().filter_map(|slot| slot.renewal(context))
}

/// Returns the renewal of a session that was read from a cookie and not written, if it is due.
pub(super) fn of_slot<T: Session>(slot: Arc<Slot<T>>, context: &Context) -> Option<Renewal> {
    if !slot.lock().is_unwritten() {
        return None;
    }
    let manager = SessionManager::of_slot(context.clone(), slot);
    let current = manager.current()?;
    if !manager.slot.tokens.is_due(&current) || !can_carry(&manager, &current) || !asks_store(&manager) {
        return None;
    }
    Some(Box::pin(async move {
        if let Err(error) = renew(&manager, current).await {
            tracing::debug!(session = T::SPEC.type_name, code = error.code(), reason = %error, "session not renewed");
        }
    }))
}
