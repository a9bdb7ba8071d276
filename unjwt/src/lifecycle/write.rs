//! Writing a request's session: one write after the other, each whole or not at all.

use std::sync::Arc;

use http::StatusCode;

use super::current::{Current, Status};
use super::events::{Clear, Failure, Update};
use super::hook_error::HookError;
use super::manager::{Scope, SessionManager};
use super::read;
use super::slot::Snapshot;
use crate::error::{Error, ErrorKind};
use crate::session::Session;
use crate::session::spec::Extend;
use crate::session::tokens::Stamping;

/// What a write is about to make.
pub(super) struct Draft<T> {
    data: Arc<T>,
    /// Whether `extend = "rotate"` leaves `jti`, `iat` and `exp` of a session that is there as they are.
    is_update: bool,
    /// Whether an `exp` that the token named without a `max_age` is taken over.
    keeps_end: bool,
}

impl<T: Session> Draft<T> {
    pub(super) fn fresh(data: Arc<T>) -> Self {
        Self { data, is_update: false, keeps_end: false }
    }

    pub(super) fn updated(data: Arc<T>) -> Self {
        Self { data, is_update: true, keeps_end: true }
    }

    pub(super) fn rotated(data: Arc<T>) -> Self {
        Self { data, is_update: false, keeps_end: true }
    }

    fn stamping<'a>(&self, old: Option<&'a Current<T>>, extend: Extend) -> Stamping<'a, T> {
        match old {
            Some(old) if self.is_update && extend == Extend::Rotate => Stamping::Keep(old),
            old => Stamping::Fresh { exp_of: old.filter(|_| self.keeps_end) },
        }
    }
}

/// Makes a token of the draft and puts it into the session and the response.
pub(super) async fn write<T: Session>(
    manager: &SessionManager<T>,
    draft: impl FnOnce(Option<&Current<T>>) -> Result<Draft<T>, Error> + Send,
) -> Result<Current<T>, Error> {
    require_shallow(manager)?;
    read::ensure(manager, None).await?;
    match attempt(manager, draft).await {
        Ok(current) => Ok(current),
        Err(error) => Err(tell(manager, error).await),
    }
}

async fn attempt<T: Session>(
    manager: &SessionManager<T>,
    draft: impl FnOnce(Option<&Current<T>>) -> Result<Draft<T>, Error> + Send,
) -> Result<Current<T>, Error> {
    let slot = &manager.slot;
    let (old, current, before, version) = {
        let _writing = slot.writing.lock().await;
        require_open(manager)?;
        let old = slot.current();
        let draft = draft(old.as_ref())?;
        let stamping = draft.stamping(old.as_ref(), slot.tokens.spec().extend);
        let now = slot.tokens.now();
        let current = slot.tokens.mint(Arc::clone(&draft.data), stamping, now).await?;

        let mut cell = slot.lock();
        require_open(manager)?;
        let cookies = slot.tokens.cookies(&current, now, &cell.held_chunks)?;
        let written = Snapshot { status: Status::Valid, current: Some(current.clone()), cookies };
        let (before, version) = cell.put(written);
        (old, current, before, version)
    };
    tracing::debug!(session = T::SPEC.type_name, began = old.is_none(), "session written");
    if T::HOOKS.on_update {
        let unconfirmed = Unconfirmed { manager, before: Some((version, before)) };
        let inside = deeper(manager);
        let event = Update::new(Scope::new(&inside)?, old.as_ref(), &current);
        if let Err(error) = T::__call_hook_on_update(event).await {
            log("on_update", T::SPEC.type_name, &error);
            return Err(error.into_error());
        }
        unconfirmed.confirm();
    }
    Ok(current)
}

/// A write whose `on_update` has not returned yet. Dropped before that it is taken back: the hook failed, it panicked, or
/// a timeout ended the request's handler in the middle of it.
struct Unconfirmed<'a, T: Session> {
    manager: &'a SessionManager<T>,
    /// The number of the write, and what it replaced.
    before: Option<(u64, Snapshot<T>)>,
}

impl<T: Session> Unconfirmed<'_, T> {
    fn confirm(mut self) {
        self.before = None;
    }
}

impl<T: Session> Drop for Unconfirmed<'_, T> {
    fn drop(&mut self) {
        let Some((version, before)) = self.before.take() else { return };
        let mut cell = self.manager.slot.lock();
        if !self.manager.context.is_closed() {
            cell.take_back(version, before);
        }
    }
}

/// Ends the session.
pub(super) async fn clear<T: Session>(manager: &SessionManager<T>) -> Result<(), Error> {
    require_shallow(manager)?;
    read::ensure(manager, None).await?;
    let old = match end(manager).await {
        Ok(old) => old,
        Err(error) => return Err(tell(manager, error).await),
    };
    tracing::debug!(session = T::SPEC.type_name, "session cleared");
    if T::HOOKS.on_clear {
        let inside = deeper(manager);
        let event = Clear::new(Scope::new(&inside)?, old.as_ref());
        if let Err(error) = T::__call_hook_on_clear(event).await {
            log("on_clear", T::SPEC.type_name, &error);
            return Err(tell(manager, error.into_error()).await);
        }
    }
    Ok(())
}

async fn end<T: Session>(manager: &SessionManager<T>) -> Result<Option<Current<T>>, Error> {
    let slot = &manager.slot;
    let _writing = slot.writing.lock().await;
    let old = slot.current();
    let mut cell = slot.lock();
    require_open(manager)?;
    let cookies = slot.tokens.removal(&cell.held_chunks)?;
    cell.put(Snapshot { status: Status::Cleared, current: None, cookies });
    Ok(old)
}

fn require_open<T: Session>(manager: &SessionManager<T>) -> Result<(), Error> {
    if manager.context.is_closed() {
        return Err(Error::new(ErrorKind::ResponseSent, "write the session before the response is returned"));
    }
    Ok(())
}

/// How many hooks of writes may lie inside each other.
const MAX_DEPTH: u8 = 8;

/// The manager that a hook of a write is given.
fn deeper<T: Session>(manager: &SessionManager<T>) -> SessionManager<T> {
    SessionManager { depth: manager.depth.saturating_add(1), ..manager.clone() }
}

/// A write that its own hook starts again would never end.
fn require_shallow<T: Session>(manager: &SessionManager<T>) -> Result<(), Error> {
    if manager.depth < MAX_DEPTH {
        return Ok(());
    }
    tracing::error!(session = T::SPEC.type_name, "hooks of writes start each other: this one is refused");
    Err(Error::hook(StatusCode::INTERNAL_SERVER_ERROR))
}

/// Tells `on_error` of a failed write; the error stays what it is.
async fn tell<T: Session>(manager: &SessionManager<T>, error: Error) -> Error {
    tracing::debug!(session = T::SPEC.type_name, code = error.code(), "session write failed");
    if T::HOOKS.on_error && !manager.in_error_hook {
        let inside = SessionManager { in_error_hook: true, ..deeper(manager) };
        if let Ok(scope) = Scope::new(&inside)
            && let Err(hook_error) = T::__call_hook_on_error(Failure::new(scope, &error, true)).await
        {
            log("on_error", T::SPEC.type_name, &hook_error);
        }
    }
    error
}

fn log(hook: &'static str, session: &'static str, error: &HookError) {
    tracing::error!(session, hook, %error, "a session hook failed");
}
