//! Visibility of the session and of its writes.

use super::{Change, Phase, State, Viewer, is_inside};
use crate::error::{Error, ErrorKind};
use crate::request::status::Status;
use crate::session::SessionType;
use crate::session::current::Current;

pub(in crate::request) const CONFLICT: Error =
    Error::new(ErrorKind::Conflict, "what it would change is another's write, not final yet");

/// The session as a viewer may see it.
enum Seen<'s, T: SessionType> {
    /// Nobody has approved it yet.
    Nothing,
    /// As the request brought it.
    Found,
    Written(&'s Change<T>),
}

impl<T: SessionType> State<T> {
    /// Returns the last write that the viewer may see, whether or not anybody has approved the session yet.
    pub(super) fn seen_write(&self, viewer: &Viewer<'_>) -> Option<&Change<T>> {
        self.log.iter().rev().find(|change| !self.is_hidden(change, viewer))
    }

    fn seen(&self, viewer: &Viewer<'_>) -> Seen<'_, T> {
        let last = self.seen_write(viewer);
        let is_approved = match self.phase {
            // The absence of a session needs no approval.
            _ if last.is_some_and(Change::is_clear) => true,
            Phase::Done => true,
            Phase::Unread | Phase::Blind => false,
            Phase::Reading { hook, .. } => hook.is_some() && viewer.origin.id() == hook,
        };
        match last {
            _ if !is_approved => Seen::Nothing,
            Some(change) => Seen::Written(change),
            None => Seen::Found,
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
        if change.origin.is_handler() {
            return false;
        }
        let around = change.origin.ids().take_while(|id| self.approved != Some(*id));
        viewer.waits.is_any_under_way(&Vec::from_iter(around.filter(is_outside)))
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
        match self.seen(viewer) {
            Seen::Nothing => None,
            Seen::Found => self.found.current.as_ref(),
            Seen::Written(change) => change.current.as_ref(),
        }
    }

    pub(in crate::request) fn status(&self, viewer: &Viewer<'_>) -> Status {
        match self.seen(viewer) {
            Seen::Nothing => Status::Absent,
            Seen::Found => self.found.status,
            Seen::Written(change) if change.is_clear() => Status::Cleared,
            Seen::Written(_) => Status::Valid,
        }
    }

    /// Returns the reason why the request's token is not a session.
    pub(in crate::request) fn reason(&self, viewer: &Viewer<'_>) -> Option<&Error> {
        match self.seen(viewer) {
            Seen::Found => self.found.reason.as_ref(),
            Seen::Nothing | Seen::Written(_) => None,
        }
    }
}
