//! A reading of the session: who has to wait for it, who sees what it found, what is undone with it.

use super::{Ask, Base, Change, MOST_BLIND, Phase, State, is_inside};
use crate::error::Error;
use crate::request::origin::{NodeId, Origin};
use crate::request::status::Status;
use crate::session::SessionType;

impl<T: SessionType> State<T> {
    pub(in crate::request) fn is_unread(&self) -> bool {
        matches!(self.phase, Phase::Unread | Phase::Blind)
    }

    /// Tells if no reading has told anything of the session: there was none, or the last one failed.
    pub(in crate::request) fn is_fresh(&self) -> bool {
        self.phase == Phase::Unread
    }

    /// Tells if the last reading found nothing, and might have.
    pub(in crate::request) fn is_blind(&self) -> bool {
        self.phase == Phase::Blind
    }

    /// How many readings found nothing, and might have.
    pub(in crate::request) fn blind_readings(&self) -> u8 {
        self.blind.for_hooks.saturating_add(self.blind.for_handlers)
    }

    /// The readings that the last one could not wait for, where it found nothing.
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

    /// Shows the hook, and nobody else, what was found so far.
    pub(in crate::request) fn begin_hook(&mut self, id: NodeId, found: Base<T>) {
        if let Phase::Reading { hook, .. } = &mut self.phase {
            *hook = Some(id);
            self.found = found;
        }
    }

    /// Takes the session away from everybody, the hook that says so included, together with what was or will be
    /// written of it by that hook or by anybody before this moment. A `clear()` stays.
    pub(in crate::request) fn withdraw(&mut self, id: NodeId, status: Status, reason: Error) {
        if !matches!(self.phase, Phase::Reading { hook: Some(hook), .. } if hook == id) {
            return;
        }
        self.barrier = self.next;
        // The hooks of these writes too have nothing to write any more.
        self.void.extend(self.log.iter().filter_map(|change| change.hook).chain([id]));
        self.log.retain(Change::is_clear);
        self.found = Base::without(status, Some(reason));
    }

    /// Ends a hook whose writes stay, should its reading end well.
    pub(in crate::request) fn end_hook(&mut self) {
        if let Phase::Reading { hook, .. } = &mut self.phase {
            *hook = None;
        }
    }

    /// Ends a hook that said that its session must not be used.
    pub(in crate::request) fn void_hook(&mut self, id: NodeId) {
        self.void(id);
        self.end_hook();
    }

    /// Undoes what was or will be written by a reading or hook, of this session or of another. A `clear()` stays.
    pub(in crate::request) fn void(&mut self, id: NodeId) {
        self.void.push(id);
        let approved = self.approved;
        self.log.retain(|change| change.is_clear() || !is_inside(&change.origin, id, approved));
    }

    /// Makes what was found the session, unless something was written meanwhile.
    pub(in crate::request) fn end_reading(&mut self, found: Base<T>) {
        if let Phase::Reading { reading, .. } = self.phase {
            self.approved = Some(reading);
        }
        self.found = found;
        self.phase = Phase::Done;
        self.forget_covered();
    }

    /// Leaves a session unread that was not found by hooks which could not see all that they asked for: the next one to ask
    /// may find it, once what they missed has been read. After so many readings for handlers, which nothing is around, it is
    /// as it was found.
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

    /// Undoes what the reading's hooks wrote. The session is unread again, unless one of them ended it.
    pub(in crate::request) fn fail_reading(&mut self, reading: NodeId) {
        self.void(reading);
        self.found = Base::without(Status::Absent, None);
        self.phase = if self.log.iter().any(Change::is_clear) { Phase::Done } else { Phase::Unread };
    }
}
