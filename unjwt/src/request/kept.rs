//! Tokens that the client keeps whatever this program makes of them, since another program reads them.

use super::hooks::Session;
use super::manager::SessionManager;
use super::state::CONFLICT;
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
pub(super) fn is_passing<T: Session>(
    manager: &SessionManager<T>,
    edit: &Edit<'_, T>,
    old: Option<&Current<T>>,
) -> Result<bool, Error> {
    if matches!(edit, Edit::Enter { is_passing: true, .. }) {
        return Ok(true);
    }
    let is_of_hook = !manager.origin.is_handler();
    let (kept, is_undecided) = {
        let state = manager.slot.lock();
        (state.kept(&manager.viewer()), state.is_undecided())
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
        (None, _) if is_of_hook && is_undecided && T::SPEC.version.is_some() => return Err(CONFLICT),
        (None, _) => return Ok(false),
    };
    match edit {
        _ if is_of_hook => Ok(true),
        Edit::Replace(_) => Ok(false),
        _ => Err(reason),
    }
}
