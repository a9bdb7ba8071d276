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
/// is then; `None` if it has ended.
///
/// # Errors
///
/// [`ErrorKind::Unavailable`] if the store is out; those of a write.
pub(super) async fn on_demand<T: Session>(
    manager: &SessionManager<T>,
    current: Current<T>,
) -> Result<Option<Current<T>>, Error> {
    let is_due = T::SPEC.rotation().is_some() || manager.slot.tokens.is_due(&current);
    if !is_due || !can_carry(manager, &current) {
        return Ok(Some(current));
    }
    renew(manager, current).await
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
        Some(_) => match manager.slot.tokens.rotate_login(&current).await? {
            Rotated::Kept => return Ok(Some(current)),
            Rotated::Issued(generation) => Some(generation),
            Rotated::Ended => {
                manager.slot.lock().lose(ENDED);
                return Ok(None);
            }
            Rotated::Reused => {
                manager.slot.lock().lose(REUSED);
                tell_reuse(manager, &current).await?;
                return Ok(None);
            }
        },
    };
    match write::renew(manager, Edit::Renew(generation)).await {
        Ok(renewed) => Ok(Some(renewed)),
        // A write of the handler is under way, and its token is as new.
        Err(error) if error.kind() == ErrorKind::Conflict => Ok(Some(current)),
        Err(error) => Err(error),
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
    if !manager.slot.tokens.is_due(&current) || !can_carry(&manager, &current) {
        return None;
    }
    // Nobody waits for the store where it is known to be out: the next request renews as well.
    if manager.slot.tokens.ledger().is_some_and(|ledger| ledger.is_out()) {
        return None;
    }
    Some(Box::pin(async move {
        if let Err(error) = renew(&manager, current).await {
            tracing::debug!(session = T::SPEC.type_name, code = error.code(), reason = %error, "session not renewed");
        }
    }))
}
