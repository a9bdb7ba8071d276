//! Readings of the session: who waits for them, who sees their result, and which writes are undone with them.

use super::{Ask, Base, Change, MOST_BLIND, Phase, State, is_inside};
use crate::error::Error;
use crate::request::origin::{NodeId, Origin};
use crate::request::status::Status;
use crate::session::SessionType;

impl<T: SessionType> State<T> {
    pub(in crate::request) fn is_unread(&self) -> bool {
        matches!(self.phase, Phase::Unread | Phase::Blind)
    }

    /// Returns whether no reading has succeeded: there was none, or the last one failed.
    pub(in crate::request) fn is_fresh(&self) -> bool {
        self.phase == Phase::Unread
    }

    /// Returns whether the last reading was blind: it found nothing, but might have.
    pub(in crate::request) fn is_blind(&self) -> bool {
        self.phase == Phase::Blind
    }

    /// Returns the number of blind readings.
    pub(in crate::request) fn blind_readings(&self) -> u8 {
        self.blind.for_hooks.saturating_add(self.blind.for_handlers)
    }

    /// Returns the readings that the last one could not wait for, if it was blind.
    pub(in crate::request) fn missed(&self) -> &[NodeId] {
        if self.is_blind() { &self.missed } else { &[] }
    }

    pub(in crate::request) fn ask(&self, origin: &Origin) -> Ask {
        match self.phase {
            Phase::Done => Ask::Look,
            Phase::Blind if !origin.is_handler() && self.blind.for_hooks >= MOST_BLIND => Ask::Pass,
            Phase::Unread | Phase::Blind => Ask::Read,
            Phase::Reading { hook, .. } if hook.is_some() && origin.id() == hook => Ask::Look,
            Phase::Reading { reading, .. } if origin.is_within(reading) => Ask::Pass,
            Phase::Reading { .. } => Ask::Wait,
        }
    }

    pub(in crate::request) fn begin_reading(&mut self, reading: NodeId) {
        debug_assert!(self.is_unread());
        self.phase = Phase::Reading { reading, hook: None };
    }

    /// Makes what was found so far visible to the hook, and to nothing else.
    pub(in crate::request) fn begin_hook(&mut self, id: NodeId, found: Base<T>) {
        if let Phase::Reading { hook, .. } = &mut self.phase {
            *hook = Some(id);
            self.found = found;
        }
    }

    /// Withdraws the session from all viewers, the refusing hook included, and undoes all writes that began
    /// before this moment and all writes of that hook, past and future. A `clear()` stays.
    pub(in crate::request) fn withdraw(&mut self, id: NodeId, status: Status, reason: Error) {
        if !matches!(self.phase, Phase::Reading { hook: Some(hook), .. } if hook == id) {
            return;
        }
        self.barrier = self.next;
        // The hooks of these writes must not write either.
        self.void.extend(self.log.iter().filter_map(|change| change.hook).chain([id]));
        self.log.retain(Change::is_clear);
        self.found = Base::without(status, Some(reason));
    }

    /// Takes a session back whose login turned out to have ended, unless it was written since.
    pub(in crate::request) fn lose(&mut self, reason: Error) {
        if self.log.is_empty() {
            self.found = Base::without(Status::Rejected, Some(reason));
        }
    }

    /// Ends a hook whose writes stay if its reading succeeds.
    pub(in crate::request) fn end_hook(&mut self) {
        if let Phase::Reading { hook, .. } = &mut self.phase {
            *hook = None;
        }
    }

    /// Ends a hook that refused its session.
    pub(in crate::request) fn void_hook(&mut self, id: NodeId) {
        self.void(id);
        self.end_hook();
    }

    /// Undoes all past and future writes of a reading or hook, whether of this session or of another. A
    /// `clear()` stays.
    pub(in crate::request) fn void(&mut self, id: NodeId) {
        self.void.push(id);
        let approved = self.approved;
        self.log.retain(|change| change.is_clear() || !is_inside(&change.origin, id, approved));
    }

    /// Makes the result of the reading the session, unless something was written meanwhile.
    pub(in crate::request) fn end_reading(&mut self, found: Base<T>) {
        if let Phase::Reading { reading, .. } = self.phase {
            self.approved = Some(reading);
        }
        self.found = found;
        self.phase = Phase::Done;
        self.forget_covered();
    }

    /// Leaves the session unread after a blind reading: the next caller may find it, once the missed sessions
    /// have been read. After [`MOST_BLIND`] blind readings for handlers, around which there is no reading or
    /// hook, the result stands.
    pub(in crate::request) fn end_blind_reading(
        &mut self,
        reading: NodeId,
        for_handler: bool,
        found: Base<T>,
        missed: Vec<NodeId>,
    ) {
        let readings = if for_handler { &mut self.blind.for_handlers } else { &mut self.blind.for_hooks };
        *readings = readings.saturating_add(1);
        let is_last = for_handler && *readings >= MOST_BLIND;
        if found.current.is_none() && self.log.is_empty() && !is_last {
            self.fail_reading(reading);
            self.phase = Phase::Blind;
            self.missed = missed;
        } else {
            self.end_reading(found);
        }
    }

    /// Undoes the writes of the reading's hooks. The session is unread again, unless one of them ended it.
    pub(in crate::request) fn fail_reading(&mut self, reading: NodeId) {
        self.void(reading);
        self.found = Base::without(Status::Absent, None);
        self.phase = if self.log.iter().any(Change::is_clear) { Phase::Done } else { Phase::Unread };
    }
}
