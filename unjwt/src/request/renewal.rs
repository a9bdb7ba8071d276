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
use crate::login::ledger::Rotated;
use crate::session::current::{Current, Source};
use crate::session::tokens::open::{ENDED, REUSED};

/// The renewals of one response.
pub(crate) type Renewal = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Renews the login of a session that needs a token: always if it rotates, otherwise if that is due. Returns it as it
/// is then; `None` if it has ended. While the store is out it stays as it is: that it is served has been decided when it
/// was read.
///
/// # Errors
///
/// Those of a write.
pub(super) async fn on_demand<T: Session>(
    manager: &SessionManager<T>,
    current: Current<T>,
) -> Result<Option<Current<T>>, Error> {
    let is_due = T::SPEC.rotation().is_some() || manager.slot.tokens.is_due(&current);
    if !is_due || is_out(manager) || !can_carry(manager, &current) {
        return Ok(Some(current));
    }
    match renew(manager, current.clone()).await {
        Err(error) if error.kind() == ErrorKind::Unavailable => Ok(Some(current)),
        renewed => renewed,
    }
}

/// Returns whether the store is known to be out. Nobody waits for it then: the next request renews as well.
fn is_out<T: Session>(manager: &SessionManager<T>) -> bool {
    manager.slot.tokens.ledger().is_some_and(|ledger| ledger.is_out())
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
    let generation = match T::SPEC.rotation() {
        None => None,
        Some(_) => match rotate_login(manager, &current).await {
            Ok(Some(generation)) => Some(generation),
            Ok(None) => return Ok(Some(current)),
            Err(error) if matches!(error.kind(), ErrorKind::Ended | ErrorKind::Reused) => return Ok(None),
            Err(error) => return Err(error),
        },
    };
    match write::renew(manager, Edit::Renew(generation)).await {
        Ok(renewed) => Ok(Some(renewed)),
        // A write of the handler is under way, and its token is as new.
        Err(error) if error.kind() == ErrorKind::Conflict => Ok(Some(current)),
        Err(error) => Err(error),
    }
}

/// Renews the token's place in its login, and returns the generation of its successor; `None` if it needs none yet.
///
/// # Errors
///
/// [`ErrorKind::Ended`] and [`ErrorKind::Reused`], after which the request has no session; [`ErrorKind::Unavailable`] if the
/// store is out; [`ErrorKind::Hook`] of `on_reuse`.
async fn rotate_login<T: Session>(
    manager: &SessionManager<T>,
    current: &Current<T>,
) -> Result<Option<u64>, Error> {
    let reason = match manager.slot.tokens.rotate_login(current).await? {
        Rotated::Kept => return Ok(None),
        Rotated::Issued(generation) => return Ok(Some(generation)),
        Rotated::Ended => ENDED,
        Rotated::Reused => REUSED,
    };
    manager.slot.lock().lose(reason.clone());
    if reason.kind() == ErrorKind::Reused {
        tell_reuse(manager, current).await?;
    }
    Err(reason)
}

/// Returns the edit of a `rotate()`: a renewal, if the session rotates and the response can carry it.
///
/// # Errors
///
/// Those of [`rotate_login`]; [`ErrorKind::CrossSite`].
pub(super) async fn on_rotate<'e, T: Session>(manager: &SessionManager<T>) -> Result<Edit<'e, T>, Error> {
    let Some(current) = manager.current().filter(|current| can_carry(manager, current)) else {
        return Ok(Edit::Rotate);
    };
    write::require_own_site(manager, Some(&current))?;
    Ok(match rotate_login(manager, &current).await? {
        Some(generation) => Edit::Renew(Some(generation)),
        None => Edit::Rotate,
    })
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
    let slots: Vec<_> = context.asked().slots().cloned().collect();
    slots.into_iter().filter_map(|slot| slot.renewal(context))
}

/// Returns the renewal of a session that was read from a cookie and not written, if it is due.
pub(super) fn of_slot<T: Session>(slot: Arc<Slot<T>>, context: &Context) -> Option<Renewal> {
    if T::SPEC.renew_after.is_none() || !slot.lock().is_unwritten() {
        return None;
    }
    let manager = SessionManager::of_slot(context.clone(), slot);
    let current = manager.current()?;
    if !manager.slot.tokens.is_due(&current) || is_out(&manager) || !can_carry(&manager, &current) {
        return None;
    }
    Some(Box::pin(async move {
        if let Err(error) = renew(&manager, current).await {
            tracing::debug!(session = T::SPEC.type_name, code = error.code(), reason = %error, "session not renewed");
        }
    }))
}
