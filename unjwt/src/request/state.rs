//! The life of one session in one request as data: what its reading found, and every change since, in one versioned log.
//!
//! No locks, no futures, no I/O. All changes of a session's state are methods of [`State`], so that what a hook refused,
//! or what nobody has approved yet, cannot be made visible from anywhere else.

use http::HeaderValue;

use super::lent::Lent;
use super::origin::{NodeId, Origin};
use super::status::Status;
use crate::error::{Error, ErrorKind};
use crate::session::SessionType;
use crate::session::current::Current;

/// One session in one request.
pub(super) struct State<T: SessionType> {
    phase: Phase,
    found: Base<T>,
    log: Vec<Change<T>>,
    /// The number of the next write.
    next: u64,
    /// Writes that began before this number are refused: `refuse()` came after them.
    barrier: u64,
    /// Readings and hooks whose writes count no more.
    void: Vec<NodeId>,
    /// The reading that ended well: what it left stays, whatever becomes of those around it.
    approved: Option<NodeId>,
    blind: Blind,
    /// The readings that a blind one could not wait for.
    missed: Vec<NodeId>,
    closed: bool,
    /// The numbers of the chunk cookies that the client holds.
    held_chunks: Vec<usize>,
}

/// How many readings have ended without a session that they might have found.
#[derive(Clone, Copy, Debug, Default)]
struct Blind {
    for_hooks: u8,
    for_handlers: u8,
}

/// The most readings of each kind in one request that find nothing and might have: hooks that ask for each other make the next
/// one as blind as the last.
const MOST_BLIND: u8 = 8;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Unread,
    /// Read by hooks that could not see all that they asked for, and found nothing: whoever may wait reads it again.
    Blind,
    Reading {
        reading: NodeId,
        /// The hook that runs: only it sees the session.
        hook: Option<NodeId>,
    },
    Done,
}

/// The session as a reading left it.
pub(super) struct Base<T: SessionType> {
    pub(super) status: Status,
    pub(super) current: Option<Current<T>>,
    /// The session, where its data was handed out and nobody else has asked for it.
    pub(super) lent: Option<Lent>,
    /// Why there is no session, where a token came.
    pub(super) reason: Option<Error>,
    /// The `Set-Cookie` lines of the response.
    pub(super) cookies: Vec<HeaderValue>,
}

/// A write.
struct Change<T: SessionType> {
    number: u64,
    origin: Origin,
    /// None after `clear()`.
    current: Option<Current<T>>,
    cookies: Vec<HeaderValue>,
    /// Until it returns, the write is not confirmed. A `clear()` waits for none.
    hook: Option<NodeId>,
}

impl<T: SessionType> Change<T> {
    fn is_clear(&self) -> bool {
        self.current.is_none()
    }

    /// Nothing can take it back any more but the end of its reading, or of the hook that wrote it.
    fn is_confirmed(&self) -> bool {
        self.hook.is_none()
    }
}

/// The place of a write in the order of all that happens to the session, taken when it begins.
pub(super) struct Ticket {
    number: u64,
    origin: Origin,
}

/// What somebody who asks for the session has to do.
#[derive(Debug, PartialEq)]
pub(super) enum Ask {
    /// Read it.
    Read,
    /// Wait for the reading.
    Wait,
    /// Nothing: it is there.
    Look,
    /// Go on without it: its reading waits for them, or was blind too often.
    Pass,
}

impl<T: SessionType> Base<T> {
    pub(super) fn without(status: Status, reason: Option<Error>) -> Self {
        Self { status, current: None, lent: None, reason, cookies: Vec::new() }
    }

    pub(super) fn valid(current: Current<T>) -> Self {
        Self { current: Some(current), ..Self::without(Status::Valid, None) }
    }
}

/// Tells if the origin lies within `id`, and not within a reading that has ended well inside that.
fn is_inside(origin: &Origin, id: NodeId, approved: Option<NodeId>) -> bool {
    origin.ids().take_while(|within| approved != Some(*within)).any(|within| within == id)
}

const CLOSED: Error =
    Error::new(ErrorKind::ResponseSent, "write the session before the response is returned");
const VOID: Error = Error::new(
    ErrorKind::Refused,
    "a hook refused the session, its reading was given up, or the write failed that this one belongs to",
);

impl<T: SessionType> State<T> {
    pub(super) fn unread(closed: bool) -> Self {
        Self {
            phase: Phase::Unread,
            found: Base::without(Status::Absent, None),
            log: Vec::new(),
            next: 0,
            barrier: 0,
            void: Vec::new(),
            approved: None,
            blind: Blind::default(),
            missed: Vec::new(),
            closed,
            held_chunks: Vec::new(),
        }
    }

    /// A session that has been read without anything left to do.
    pub(super) fn read(found: Base<T>, held_chunks: Vec<usize>, closed: bool) -> Self {
        Self { phase: Phase::Done, found, held_chunks, ..Self::unread(closed) }
    }

    pub(super) fn held_chunks(&self) -> &[usize] {
        &self.held_chunks
    }

    pub(super) fn hold_chunks(&mut self, held_chunks: Vec<usize>) {
        self.held_chunks = held_chunks;
    }

    // Reading

    pub(super) fn is_unread(&self) -> bool {
        matches!(self.phase, Phase::Unread | Phase::Blind)
    }

    /// Tells if the last reading found nothing, and might have.
    pub(super) fn is_blind(&self) -> bool {
        self.phase == Phase::Blind
    }

    /// How many readings found nothing, and might have.
    pub(super) fn blind_readings(&self) -> u8 {
        self.blind.for_hooks.saturating_add(self.blind.for_handlers)
    }

    /// The readings that the last one could not wait for, where it found nothing.
    pub(super) fn missed(&self) -> &[NodeId] {
        if self.is_blind() { &self.missed } else { &[] }
    }

    pub(super) fn ask(&self, origin: &Origin) -> Ask {
        match self.phase {
            Phase::Done => Ask::Look,
            Phase::Blind if !origin.is_handler() && self.blind.for_hooks >= MOST_BLIND => Ask::Pass,
            Phase::Unread | Phase::Blind => Ask::Read,
            Phase::Reading { hook, .. } if hook.is_some() && origin.id() == hook => Ask::Look,
            Phase::Reading { reading, .. } if origin.is_within(reading) => Ask::Pass,
            Phase::Reading { .. } => Ask::Wait,
        }
    }

    pub(super) fn begin_reading(&mut self, reading: NodeId) {
        debug_assert!(self.is_unread());
        self.phase = Phase::Reading { reading, hook: None };
    }

    /// Shows the hook, and nobody else, what was found so far.
    pub(super) fn begin_hook(&mut self, id: NodeId, found: Base<T>) {
        if let Phase::Reading { hook, .. } = &mut self.phase {
            *hook = Some(id);
            self.found = found;
        }
    }

    /// Takes the session away from everybody, the hook that says so included, together with what was or will be
    /// written of it by that hook or by anybody before this moment. A `clear()` stays.
    pub(super) fn withdraw(&mut self, id: NodeId, status: Status, reason: Error) {
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
    pub(super) fn end_hook(&mut self) {
        if let Phase::Reading { hook, .. } = &mut self.phase {
            *hook = None;
        }
    }

    /// Ends a hook that said that its session must not be used.
    pub(super) fn void_hook(&mut self, id: NodeId) {
        self.void(id);
        self.end_hook();
    }

    /// Undoes what was or will be written by a reading or hook, of this session or of another. A `clear()` stays.
    pub(super) fn void(&mut self, id: NodeId) {
        self.void.push(id);
        let approved = self.approved;
        self.log.retain(|change| change.is_clear() || !is_inside(&change.origin, id, approved));
    }

    /// Makes what was found the session, unless something was written meanwhile.
    pub(super) fn end_reading(&mut self, found: Base<T>) {
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
    pub(super) fn end_blind_reading(
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
    pub(super) fn fail_reading(&mut self, reading: NodeId) {
        self.void(reading);
        self.found = Base::without(Status::Absent, None);
        self.phase = if self.log.iter().any(Change::is_clear) { Phase::Done } else { Phase::Unread };
    }

    // Writing

    /// Begins a write.
    ///
    /// # Errors
    ///
    /// The response has gone, or a hook refused the session that the write is about.
    pub(super) fn begin(&mut self, origin: &Origin) -> Result<Ticket, Error> {
        let ticket = Ticket { number: self.next, origin: origin.clone() };
        self.check(&ticket)?;
        self.next += 1;
        Ok(ticket)
    }

    fn check(&self, ticket: &Ticket) -> Result<(), Error> {
        if ticket.number < self.barrier && !self.closed {
            return Err(VOID);
        }
        self.check_origin(&ticket.origin)
    }

    /// Tells if writes from here count at all.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    pub(super) fn check_origin(&self, origin: &Origin) -> Result<(), Error> {
        match self.void.iter().any(|id| is_inside(origin, *id, self.approved)) {
            _ if self.closed => Err(CLOSED),
            true => Err(VOID),
            false => Ok(()),
        }
    }

    /// Replaces the session. A write whose hook runs can be [taken back](Self::take_back), until it is
    /// [confirmed](Self::confirm).
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    pub(super) fn put(
        &mut self,
        ticket: Ticket,
        current: Current<T>,
        cookies: Vec<HeaderValue>,
        hook: Option<NodeId>,
    ) -> Result<u64, Error> {
        self.check(&ticket)?;
        Ok(self.push(ticket, Some(current), cookies, hook))
    }

    /// Ends the session, whatever is refused or fails later. A reading that is under way meanwhile and does not end it itself
    /// makes no session any more.
    ///
    /// # Errors
    ///
    /// The response has gone.
    pub(super) fn clear(&mut self, origin: &Origin, cookies: Vec<HeaderValue>) -> Result<(), Error> {
        if self.closed {
            return Err(CLOSED);
        }
        self.push(Ticket { number: self.next, origin: origin.clone() }, None, cookies, None);
        match self.phase {
            // Nothing in this request reads the request's token again.
            Phase::Unread | Phase::Blind => self.phase = Phase::Done,
            Phase::Reading { reading, .. } if !origin.is_within(reading) => self.void(reading),
            Phase::Reading { .. } | Phase::Done => {}
        }
        Ok(())
    }

    fn push(
        &mut self,
        ticket: Ticket,
        current: Option<Current<T>>,
        cookies: Vec<HeaderValue>,
        hook: Option<NodeId>,
    ) -> u64 {
        let number = self.next;
        self.next += 1;
        self.log.push(Change { number, origin: ticket.origin, current, cookies, hook });
        self.forget_covered();
        number
    }

    /// Makes a write final, together with what its hook wrote.
    ///
    /// # Errors
    ///
    /// It is undone by now: the response has gone without it, or a hook refused the session.
    pub(super) fn confirm(&mut self, number: u64) -> Result<(), Error> {
        match self.log.iter_mut().find(|change| change.number == number) {
            Some(change) => change.hook = None,
            None if self.closed => return Err(CLOSED),
            None => return Err(VOID),
        }
        self.forget_covered();
        Ok(())
    }

    /// Undoes a write that was not confirmed, as if it had not been, and what its hook wrote or will write. What others
    /// wrote after it stays.
    pub(super) fn take_back(&mut self, number: u64, hook: NodeId) {
        self.log.retain(|change| change.number != number);
        self.void(hook);
    }

    /// Tells if the write, or one whose hook wrote it, can be taken back yet. What was written inside a reading, of whichever
    /// session, may be: nobody tells when that has ended.
    fn is_open(&self, change: &Change<T>) -> bool {
        let mut hooks = self.log.iter().filter_map(|change| change.hook);
        let is_approved = self.approved.is_some_and(|reading| change.origin.is_within(reading));
        let is_in_reading = !change.origin.is_handler() && !is_approved;
        !change.is_confirmed() || is_in_reading || hooks.any(|hook| change.origin.is_within(hook))
    }

    /// Drops what can never be seen again: confirmed writes before a confirmed write. During a reading any of them may
    /// be undone yet.
    fn forget_covered(&mut self) {
        if self.phase != Phase::Done {
            return;
        }
        // A `clear()` stays whatever is taken back.
        let is_last = |change: &&Change<T>| change.is_clear() || !self.is_open(change);
        let Some(last) = self.log.iter().rev().find(is_last).map(|change| change.number) else { return };
        self.log.retain(|change| change.number >= last || !change.is_confirmed());
    }

    // Looking

    fn is_visible(&self, origin: &Origin) -> bool {
        match self.phase {
            // That there is none needs nobody's approval.
            _ if self.is_cleared() => true,
            Phase::Done => true,
            Phase::Unread | Phase::Blind => false,
            Phase::Reading { hook, .. } => hook.is_some() && origin.id() == hook,
        }
    }

    /// The session, if there is one for this origin to see.
    pub(super) fn current(&self, origin: &Origin) -> Option<&Current<T>> {
        if !self.is_visible(origin) {
            return None;
        }
        match self.log.last() {
            Some(change) => change.current.as_ref(),
            None => self.found.current.as_ref(),
        }
    }

    pub(super) fn status(&self, origin: &Origin) -> Status {
        match self.log.last() {
            _ if !self.is_visible(origin) => Status::Absent,
            Some(change) if change.is_clear() => Status::Cleared,
            Some(_) => Status::Valid,
            None => self.found.status,
        }
    }

    /// Why the request's token is not a session.
    pub(super) fn reason(&self, origin: &Origin) -> Option<&Error> {
        (self.is_visible(origin) && self.log.is_empty()).then_some(self.found.reason.as_ref()).flatten()
    }

    /// Tells if the session was ended, and none begun since.
    pub(super) fn is_cleared(&self) -> bool {
        self.log.last().is_some_and(Change::is_clear)
    }

    /// Tells if nothing was written, or all of it is undone.
    pub(super) fn is_unwritten(&self) -> bool {
        self.log.is_empty()
    }

    /// The session whose data was handed out, to be made whole again.
    pub(super) fn take_lent(&mut self) -> Option<Lent> {
        self.found.lent.take()
    }

    pub(super) fn lent(&self) -> Option<&Lent> {
        self.found.lent.as_ref()
    }

    pub(super) fn restore(&mut self, found: Base<T>) {
        if self.found.current.is_none() {
            self.found = found;
        }
    }

    // The end

    /// Ends all writes while these readings of the request are under way, and tells the `Set-Cookie` lines of the response:
    /// those of the last write that is confirmed and
    /// whose reading, and whose hooks around it, have ended well.
    pub(super) fn close(&mut self, readings: &[NodeId]) -> Vec<HeaderValue> {
        self.closed = true;
        let hooks = self.log.iter().filter_map(|change| change.hook);
        let open: Vec<_> = readings.iter().copied().chain(hooks).collect();
        let approved = self.approved;
        self.log.retain(|change| {
            let is_within_open = open.iter().any(|id| is_inside(&change.origin, *id, approved));
            change.is_clear() || change.is_confirmed() && !is_within_open
        });
        match self.log.last_mut() {
            Some(change) => std::mem::take(&mut change.cookies),
            None if self.phase == Phase::Done => std::mem::take(&mut self.found.cookies),
            None => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
