//! Visibility of the session and of its writes.

use super::{Change, Phase, State, Viewer, is_inside};
use crate::error::{Error, ErrorKind};
use crate::request::status::Status;
use crate::session::SessionType;
use crate::session::current::Current;

const CONFLICT: Error =
    Error::new(ErrorKind::Conflict, "what it would change is another's write, not final yet");

impl<T: SessionType> State<T> {
    fn is_visible(&self, viewer: &Viewer<'_>) -> bool {
        match self.phase {
            // The absence of a session needs no approval.
            _ if self.last(viewer).is_some_and(Change::is_clear) => true,
            Phase::Done => true,
            Phase::Unread | Phase::Blind => false,
            Phase::Reading { hook, .. } => hook.is_some() && viewer.origin.id() == hook,
        }
    }

    /// Returns whether the write can be undone independently of the viewer: its hook, or the reading or hook
    /// that it was made in, is still running, and the viewer is in neither. An update that the viewer based
    /// on it would outlive it.
    fn is_hidden(&self, change: &Change<T>, viewer: &Viewer<'_>) -> bool {
        let is_outside = |id: &_| !viewer.within.is_within(*id);
        if change.is_clear() {
            return false;
        }
        let hooks = || self.log.iter().filter_map(|change| change.hook).filter(is_outside);
        if change.hook.as_ref().is_some_and(is_outside)
            || hooks().any(|hook| is_inside(&change.origin, hook, self.approved))
        {
            return true;
        }
        let around = change.origin.ids().take_while(|id| self.approved != Some(*id));
        viewer.waits.is_any_under_way(&Vec::from_iter(around.filter(is_outside)))
    }

    /// Returns the last write that the viewer may see.
    fn last(&self, viewer: &Viewer<'_>) -> Option<&Change<T>> {
        self.log.iter().rev().find(|change| !self.is_hidden(change, viewer))
    }

    /// Checks that the viewer sees the last write, and so may base an update on it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] if the last write is hidden from the viewer.
    pub(in crate::request) fn require_last(&self, viewer: &Viewer<'_>) -> Result<(), Error> {
        match self.log.last() {
            Some(change) if self.is_hidden(change, viewer) => Err(CONFLICT),
            _ => Ok(()),
        }
    }

    /// Returns the session, if there is one that the viewer may see.
    pub(in crate::request) fn current(&self, viewer: &Viewer<'_>) -> Option<&Current<T>> {
        if !self.is_visible(viewer) {
            return None;
        }
        match self.last(viewer) {
            Some(change) => change.current.as_ref(),
            None => self.found.current.as_ref(),
        }
    }

    pub(in crate::request) fn status(&self, viewer: &Viewer<'_>) -> Status {
        match self.last(viewer) {
            _ if !self.is_visible(viewer) => Status::Absent,
            Some(change) if change.is_clear() => Status::Cleared,
            Some(_) => Status::Valid,
            None => self.found.status,
        }
    }

    /// Returns the reason why the request's token is not a session.
    pub(in crate::request) fn reason(&self, viewer: &Viewer<'_>) -> Option<&Error> {
        let is_as_found = self.is_visible(viewer) && self.last(viewer).is_none();
        is_as_found.then_some(self.found.reason.as_ref()).flatten()
    }
}
