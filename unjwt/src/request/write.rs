//! Writing a request's session: writes are sequential and atomic.

use std::sync::Arc;

use http::StatusCode;

#[cfg(feature = "dbsc")]
use super::device;
use super::hooks::events::{Failure, Update};
use super::hooks::{Session, report};
use super::kept::is_for_request_alone;
use super::login::{self, Entry, LoginType as _};
use super::manager::{NO_SESSION, Scope, SessionManager};
use super::origin::NodeId;
use super::pending_write::Options;
use super::read;
use super::renewal;
use super::slot::Slot;
use super::state::CONFLICT;
use crate::claims::Choice;
use crate::clock::NumericDate;
#[cfg(feature = "dbsc")]
use crate::device::Device;
use crate::error::{Error, ErrorKind};
use crate::login::SignIn;
use crate::login::id::LoginId;
use crate::session::current::{Current, Source};
use crate::session::tokens::Stamping;
use crate::spec::Extend;
use crate::util::measure;

/// A change of a session's data.
pub(super) enum Edit<'a, T: Session> {
    Replace(Arc<T>),
    Merge(T::Patch),
    /// Changes the data in place; without a session, the function, if any, supplies the data of a new one.
    Change(Box<dyn FnOnce(&mut T) + Send + 'a>, Option<fn() -> T>),
    Rotate,
    /// Makes a new token of the same login, of this generation of this login if the session rotates.
    Renew(Option<(LoginId, u64)>),
    /// Does the same, for a login that is bound to this device from now on.
    #[cfg(feature = "dbsc")]
    Bind(Device),
    /// Begins the session within the login of another one.
    Enter {
        data: Arc<T>,
        sign_in: SignIn,
        until: Option<NumericDate>,
        choice: Choice,
        /// For this request only.
        is_passing: bool,
    },
}

/// The data and times of a token that a write is about to make.
struct Draft<'o, T: Session> {
    data: Arc<T>,
    stamping: Stamping<'o, T>,
}

impl<T: Session> Edit<'_, T> {
    fn draft(self, old: Option<&Current<T>>, extend: Extend, choice: Choice) -> Result<Draft<'_, T>, Error> {
        let kept = choice.over(old.map(|old| old.choice).unwrap_or_default());
        // An `exp` that a token has without a `max_age` is kept, except by a new session.
        let sign_in = || old.map(|old| old.sign_in.clone()).unwrap_or_default();
        let renewed = |sign_in| Stamping::Fresh { exp_of: old, choice: kept, sign_in };
        let moved = || renewed(sign_in());
        let updated = || match old {
            // Its login, which it must not outlive, is not read for that.
            Some(old) if T::SPEC.login.is_some() => Stamping::Shorter(old, kept),
            // A chosen lifetime counts from the write that chooses it, and must not extend a session whose
            // end is fixed.
            Some(old) if extend == Extend::Rotate && choice.max_age.is_some() => Stamping::Shorter(old, kept),
            Some(old) if extend == Extend::Rotate => Stamping::Keep(old, kept),
            _ => moved(),
        };
        Ok(match self {
            Self::Replace(data) => {
                let stamping = Stamping::Fresh { exp_of: None, choice, sign_in: SignIn::default() };
                Draft { data, stamping }
            }
            Self::Merge(patch) => {
                let data = T::__merge(old.map(|old| &*old.data), patch)
                    .map_err(|field| Error::new(ErrorKind::MissingField, field))?;
                Draft { data: Arc::new(data), stamping: updated() }
            }
            Self::Change(change, default) => {
                let mut data = match (old, default) {
                    (Some(old), _) => T::__copy(&old.data),
                    (None, Some(default)) => default(),
                    (None, None) => return Err(NO_SESSION),
                };
                change(&mut data);
                Draft { data: Arc::new(data), stamping: updated() }
            }
            Self::Rotate => {
                let data = Arc::clone(&old.ok_or(NO_SESSION)?.data);
                let stamping = if T::SPEC.login.is_some() { updated() } else { moved() };
                Draft { data, stamping }
            }
            Self::Renew(place) => {
                let data = Arc::clone(&old.ok_or(NO_SESSION)?.data);
                let mut sign_in = sign_in();
                if let (Some(login), Some((id, generation))) = (&mut sign_in.login, place) {
                    if login.id != id {
                        return Err(CONFLICT);
                    }
                    Arc::make_mut(login).generation = Some(generation);
                }
                Draft { data, stamping: renewed(sign_in) }
            }
            #[cfg(feature = "dbsc")]
            Self::Bind(device) => {
                let data = Arc::clone(&old.ok_or(NO_SESSION)?.data);
                Draft { data, stamping: renewed(sign_in().bound(device)) }
            }
            Self::Enter { data, sign_in, until, choice, .. } => {
                Draft { data, stamping: Stamping::Within { until, choice, sign_in } }
            }
        })
    }
}

const NO_TIME: Error =
    Error::new(ErrorKind::Unserializable, "a `max_age` of less than a second makes a session that is over");

/// Makes a token from the edit and stores it in the session and the response.
pub(super) async fn write<T: Session>(
    manager: &SessionManager<T>,
    edit: Edit<'_, T>,
    options: Options,
) -> Result<Current<T>, Error> {
    require_shallow(manager)?;
    let void = manager.slot.lock().check_origin(&manager.undone_with);
    if let Err(error) = void {
        return Err(tell(manager, error).await);
    }
    read::ensure(manager, None).await?;
    match attempt(manager, edit, options).await {
        Ok(current) => Ok(current),
        Err(error) => Err(tell(manager, error).await),
    }
}

/// Writes a token that the session's life asks for, not the service.
pub(super) async fn renew<T: Session>(
    manager: &SessionManager<T>,
    edit: Edit<'_, T>,
) -> Result<Current<T>, Error> {
    write(manager, edit, Options::default()).await
}

/// Returns what a session gets that begins within the login of another one; `None` if it is not about to begin.
async fn entered<T: Session>(manager: &SessionManager<T>, begins: bool) -> Result<Option<Entry<T>>, Error> {
    const NO_LOGIN: Error =
        Error::new(ErrorKind::NoSession, "the session belongs to a login, and the request has none");
    if T::SPEC.login.is_none() || !begins {
        return Ok(None);
    }
    Ok(Some(T::Login::__enter(manager, false).await?.ok_or(NO_LOGIN)?))
}

async fn attempt<T: Session>(
    manager: &SessionManager<T>,
    edit: Edit<'_, T>,
    options: Options,
) -> Result<Current<T>, Error> {
    let choice = options.choice;
    if choice.max_age == Some(0) {
        return Err(NO_TIME);
    }
    let slot = &*manager.slot;
    let ticket = slot.lock().begin(&manager.undone_with)?;
    let may_be_kept = T::SPEC.version.is_some() || T::SPEC.login.is_some();
    // Before a rotation, which the store would record.
    let passes =
        may_be_kept && is_for_request_alone(manager, &edit, slot.current(&manager.viewer()).as_ref())?;
    let hook = T::HOOKS.on_update.then(|| manager.context.next_node());
    let edit = match edit {
        // Boxed, so that only sessions that rotate pay for its future.
        Edit::Rotate if T::SPEC.rotation().is_some() && !passes => {
            Box::pin(renewal::on_rotate(manager)).await?
        }
        edit => edit,
    };
    let is_rotation = matches!(edit, Edit::Renew(Some(_)));
    // Before the lock, since the hooks of the login may write this session.
    let begins = match &edit {
        Edit::Replace(_) => true,
        Edit::Merge(_) | Edit::Change(..) => manager.current().is_none(),
        Edit::Rotate | Edit::Renew(_) | Edit::Enter { .. } => false,
        #[cfg(feature = "dbsc")]
        Edit::Bind(_) => false,
    };
    let entered = entered(manager, begins).await?;
    let (old, kept_login, current, number, begun, is_passing) = {
        let _writing = slot.writing.lock().await;
        let (viewer, old) = (manager.viewer(), slot.current(&manager.viewer()));
        let kept_login = slot.lock().kept_login(&viewer);
        let mut is_passing = may_be_kept && is_for_request_alone(manager, &edit, old.as_ref())?;
        require_own_site(manager, old.as_ref())?;
        if !matches!(edit, Edit::Replace(_)) {
            slot.lock().require_last(&manager.viewer())?;
        }
        let Draft { data, mut stamping } = edit.draft(old.as_ref(), slot.tokens.spec().extend, choice)?;
        if let Some(entry) = entered
            && stamping.begins()
        {
            is_passing |= entry.is_passing && !manager.origin.is_handler();
            stamping.enter(entry.sign_in, entry.until);
        }
        // A rotation has just asked.
        if let Some(kept) = stamping.kept().filter(|_| !is_rotation && !is_passing) {
            slot.tokens.require_login(kept).await?;
        }
        let begun = match stamping.begins() {
            // The store is told of nothing that ends with the request.
            true if is_passing => {
                stamping.set_sign_in(slot.tokens.unlisted_sign_in(&data));
                None
            }
            true => Some(slot.tokens.begin_sign_in(&data, &options.label, options.signed_in_at).await?),
            false => None,
        };
        if let Some(begun) = &begun {
            stamping.set_sign_in(begun.sign_in.clone());
        }
        let now = slot.tokens.now();
        let current = slot.tokens.mint(data, stamping, now).await?;

        let mut state = slot.lock();
        let cookies = match slot.given {
            _ if is_passing => None,
            Some(_) => Some(Vec::new()),
            None => Some(slot.tokens.cookies(&current, now, state.held_chunks())?),
        };
        let number = state.put(ticket, current.clone(), cookies, hook)?;
        if is_rotation {
            state.rotated(number);
        }
        drop(state);
        if begun.is_some() {
            // Before the hook, which may write them anew.
            login::leave_dependents(manager);
        }
        (old, kept_login, current, number, begun, is_passing)
    };
    tracing::debug!(session = T::SPEC.type_name, began = old.is_none(), "session written");
    measure::wrote(T::SPEC.type_name, if old.is_none() { "begun" } else { "written" });
    if let Some(hook) = hook {
        let unconfirmed = Unconfirmed { slot, number, hook, is_confirmed: false };
        // Boxed, so that only the writes of sessions with this hook pay for its future.
        Box::pin(confirm(manager, unconfirmed, old.as_ref(), &current)).await?;
    }
    #[cfg(feature = "dbsc")]
    if slot.given.is_none() && !is_passing && current.sign_in.device.is_none() {
        device::offer(manager, &current, begun.is_some()).await;
    }
    match begun {
        Some(begun) => {
            // A session that took the place of a kept token for this request has a login of which no store knows.
            let replaced = kept_login.or(old.as_ref().and_then(Current::login));
            slot.tokens.conclude_sign_in(begun, replaced).await;
        }
        None if is_passing => {}
        None => slot.tokens.renewed(&current),
    }
    Ok(current)
}

/// Runs `on_update`, and confirms the write once it has returned.
async fn confirm<T: Session>(
    manager: &SessionManager<T>,
    unconfirmed: Unconfirmed<'_, T>,
    old: Option<&Current<T>>,
    current: &Current<T>,
) -> Result<(), Error> {
    let undone_with = manager.undone_with.inside(unconfirmed.hook);
    let inside = SessionManager { undone_with, ..deeper(manager) };
    let event = Update::new(Scope::new(&inside)?, old, current);
    T::__call_hook_on_update(event).await.map_err(|error| report::<T>("on_update", error))?;
    unconfirmed.confirm()
}

/// A write whose `on_update` has not returned yet. Dropping it takes the write back, with everything that the
/// hook wrote of the session: the hook failed or panicked, or a timeout cancelled the request's handler.
struct Unconfirmed<'a, T: Session> {
    slot: &'a Slot<T>,
    number: u64,
    hook: NodeId,
    is_confirmed: bool,
}

impl<T: Session> Unconfirmed<'_, T> {
    fn confirm(mut self) -> Result<(), Error> {
        self.slot.lock().confirm(self.number)?;
        self.is_confirmed = true;
        Ok(())
    }
}

impl<T: Session> Drop for Unconfirmed<'_, T> {
    fn drop(&mut self) {
        if !self.is_confirmed {
            self.slot.lock().take_back(self.number, self.hook);
        }
    }
}

/// Refuses to write the cookie if another site's page sent the request. A session from a header was not sent
/// by the browser on its own, and one that was made in this request has already passed this check.
pub(super) fn require_own_site<T: Session>(
    manager: &SessionManager<T>,
    old: Option<&Current<T>>,
) -> Result<(), Error> {
    let passes = old.is_some_and(|old| matches!(old.source, Source::Header | Source::New));
    if passes || manager.slot.given.is_some() {
        return Ok(());
    }
    manager.context.origin().check(manager.slot.tokens.cross_site())
}

/// The maximum nesting depth of hooks of writes.
const MAX_DEPTH: u8 = 8;

/// Returns the manager for a hook of a write.
pub(super) fn deeper<T: Session>(manager: &SessionManager<T>) -> SessionManager<T> {
    SessionManager { depth: manager.depth.saturating_add(1), ..manager.clone() }
}

/// Refuses a write that is nested too deeply: hooks that trigger their own write again would never terminate.
pub(super) fn require_shallow<T: Session>(manager: &SessionManager<T>) -> Result<(), Error> {
    if manager.depth < MAX_DEPTH {
        return Ok(());
    }
    tracing::error!(
        session = T::SPEC.type_name,
        "hooks of writes are nested too deeply; the write is refused"
    );
    Err(Error::hook(StatusCode::INTERNAL_SERVER_ERROR))
}

/// Reports a failed write to `on_error` and returns the error, which then names the session.
pub(super) async fn tell<T: Session>(manager: &SessionManager<T>, error: Error) -> Error {
    tracing::debug!(session = T::SPEC.type_name, code = error.code(), reason = %error, "session write failed");
    measure::wrote(T::SPEC.type_name, error.code());
    if T::HOOKS.on_error && !manager.in_error_hook {
        // Boxed, so that only failed writes of sessions with this hook pay for its future.
        Box::pin(call_on_error(manager, &error)).await;
    }
    error.of_session(T::SPEC.type_name)
}

async fn call_on_error<T: Session>(manager: &SessionManager<T>, error: &Error) {
    let inside = SessionManager { in_error_hook: true, ..deeper(manager) };
    if let Ok(scope) = Scope::new(&inside)
        && let Err(hook_error) = T::__call_hook_on_error(Failure::new(scope, error, true)).await
    {
        report::<T>("on_error", hook_error);
    }
}
