//! Tokens that the client keeps whatever this program makes of them, since another program reads them.

use super::hooks::Session;
use super::manager::SessionManager;
use super::state::{CONFLICT, State};
use super::write::Edit;
use crate::error::{Error, ErrorKind};
use crate::session::current::Current;

/// Returns whether the write counts in this request only: a hook makes it, and the client keeps a token that another program
/// reads better than this one.
///
/// # Errors
///
/// [`ErrorKind::NewerVersion`] or [`ErrorKind::MigrationFailed`] for a write of the handler, but for a `replace`, that would
/// take the place of such a token, or lose what a newer program knows of the session. [`ErrorKind::Conflict`] for one of a
/// hook, while nothing is known of the token yet.
pub(super) fn is_for_request_alone<T: Session>(
    manager: &SessionManager<T>,
    edit: &Edit<'_, T>,
    old: Option<&Current<T>>,
) -> Result<bool, Error> {
    if matches!(edit, Edit::Enter { is_passing: true, .. }) {
        return Ok(true);
    }
    // Under one lock, since a reading may end in between.
    let (kept, decided) = {
        let state = manager.slot.lock();
        (state.kept(&manager.viewer()), require_decided(manager, &state))
    };
    let reason = match (kept, old) {
        (Some(reason), _) => reason,
        (None, Some(old)) if old.is_newer() => Error::explained(
            ErrorKind::NewerVersion,
            format!(
                "version {}: this program reads it, and its writes would lose what it does not know",
                old.version()
            ),
        ),
        (None, _) => return decided.map(|()| false),
    };
    match edit {
        _ if !manager.origin.is_handler() => Ok(true),
        Edit::Replace(_) => Ok(false),
        _ => Err(reason),
    }
}

/// Refuses what a hook is about to do to a token of which nothing is known yet, since the client may keep it.
pub(super) fn require_decided<T: Session>(
    manager: &SessionManager<T>,
    state: &State<T>,
) -> Result<(), Error> {
    let may_be_kept = T::SPEC.version.is_some() && !manager.origin.is_handler();
    if may_be_kept && state.is_undecided() { Err(CONFLICT) } else { Ok(()) }
}

impl<T: Session> SessionManager<T> {
    /// Returns the reason why the client keeps its token whatever this program makes of it.
    pub(super) fn kept(&self) -> Option<Error> {
        self.slot.lock().kept(&self.viewer())
    }
}
