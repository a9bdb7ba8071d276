//! Ending a request's session: its cookie is removed even if a later step fails.

use super::hooks::events::Clear;
use super::hooks::{Session, report};
use super::kept::require_decided;
use super::login::{self, LoginType as _};
use super::manager::{Scope, SessionManager};
use super::read;
use super::read::peek::{Ending, Peeked};
use super::write::{deeper, require_own_site, require_shallow, tell};
use crate::error::Error;
use crate::login::id::LoginId;
use crate::session::current::Current;
use crate::util::measure;

/// Ends the session and returns what it was.
pub(super) async fn clear<T: Session>(manager: &SessionManager<T>) -> Result<Option<Current<T>>, Error> {
    read::ensure(manager, None).await.map_err(|error| error.of_session(T::SPEC.type_name))?;
    let decided = require_decided(manager, &manager.slot.lock());
    if let Err(error) = decided {
        return Err(tell(manager, error).await);
    }
    end(manager, &Peeked::nothing()).await
}

/// Ends the session, which has either been read or will not be read in this request. Everything that can fail
/// comes after the removal of its cookie. A hook ends a token that the client keeps for the request alone.
pub(super) async fn end<T: Session>(
    manager: &SessionManager<T>,
    peeked: &Peeked<T>,
) -> Result<Option<Current<T>>, Error> {
    require_shallow(manager)?;
    let (is_kept, kept_login) = {
        let (state, viewer) = (manager.slot.lock(), manager.viewer());
        let is_newer = state.current(&viewer).is_some_and(Current::is_newer);
        let is_kept = is_newer || state.kept(&viewer).is_some() || !peeked.unread_logins().is_empty();
        (is_kept, state.kept_login(&viewer))
    };
    let is_passing = is_kept && !manager.origin.is_handler();
    let old = match try_end(manager, peeked.found().first(), is_passing).await {
        Ok(old) if is_passing => return Ok(old),
        Ok(old) => old,
        Err(error) => return Err(tell(manager, error).await),
    };
    tracing::debug!(session = T::SPEC.type_name, "session cleared");
    measure::wrote(T::SPEC.type_name, "cleared");
    login::leave_dependents(manager);
    let has_login = T::SPEC.login.is_some() && manager.slot.given.is_none();
    if !T::HOOKS.on_clear && manager.slot.tokens.ledger().is_none() && !has_login {
        return Ok(old);
    }
    // Boxed, so that only sessions with this hook or with logins pay for its future.
    let ended = Box::pin(end_each(manager, peeked, old, kept_login)).await;
    if !has_login {
        return ended;
    }
    // What is left of the login would make the session anew with the next request.
    let of_login = match T::Login::__end(manager).await {
        Ok(()) => Ok(()),
        Err(error) => Err(tell(manager, error).await),
    };
    ended.and_then(|old| of_login.map(|()| old))
}

/// Ends the login of every session that the request's tokens contain, and runs `on_clear` for each.
async fn end_each<T: Session>(
    manager: &SessionManager<T>,
    peeked: &Peeked<T>,
    old: Option<Current<T>>,
    kept_login: Option<LoginId>,
) -> Result<Option<Current<T>>, Error> {
    let inside = deeper(manager);
    let Ending { sessions: ended, unread_logins, failed } = peeked.all(&inside, old.clone()).await;
    let mut result = match failed {
        Some(error) => Err(tell(manager, error).await),
        None => Ok(old),
    };
    if let Some(ledger) = manager.slot.tokens.ledger() {
        let unread = unread_logins.into_iter().chain(kept_login);
        let logins = ended.iter().filter_map(Current::login).chain(unread);
        if let Err(error) = ledger.end_each(logins).await {
            let error = tell(manager, error).await;
            result = result.and(Err(error));
        }
    }
    if !T::HOOKS.on_clear {
        return result;
    }
    let nobody = ended.is_empty().then_some(None);
    for ended in ended.iter().map(Some).chain(nobody) {
        let event = Clear::new(Scope::new(&inside)?, ended);
        if let Err(error) = T::__call_hook_on_clear(event).await {
            let error = tell(manager, report::<T>("on_clear", error)).await;
            result = result.and(Err(error));
        }
    }
    result
}

async fn try_end<T: Session>(
    manager: &SessionManager<T>,
    peeked: Option<&Current<T>>,
    is_passing: bool,
) -> Result<Option<Current<T>>, Error> {
    let slot = &*manager.slot;
    let _writing = slot.writing.lock().await;
    let old = slot.current(&manager.viewer()).or_else(|| peeked.cloned());
    require_own_site(manager, old.as_ref())?;
    let mut state = slot.lock();
    let cookies = match slot.given {
        _ if is_passing => None,
        Some(_) => Some(Vec::new()),
        None => Some(slot.tokens.removal(state.held_chunks())?),
    };
    state.clear(&manager.undone_with, cookies)?;
    drop(state);
    // Tasks that waited for a reading now find an ended session.
    slot.changed.notify_waiters();
    Ok(old)
}
