//! Writes of the session: which of them count, which are final, which are sent.

use http::HeaderValue;

use super::{CLOSED, Change, Phase, State, Ticket, VOID, is_inside};
use crate::error::Error;
use crate::request::origin::{NodeId, Origin};
use crate::session::SessionType;
use crate::session::current::Current;

impl<T: SessionType> State<T> {
    /// Begins a write.
    ///
    /// # Errors
    ///
    /// The response has gone, or a hook refused the session that the write is about.
    pub(in crate::request) fn begin(&mut self, origin: &Origin) -> Result<Ticket, Error> {
        let ticket = Ticket { number: self.next, origin: origin.clone() };
        self.check(&ticket)?;
        self.next += 1;
        Ok(ticket)
    }

    pub(super) fn check(&self, ticket: &Ticket) -> Result<(), Error> {
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
    pub(in crate::request) fn check_origin(&self, origin: &Origin) -> Result<(), Error> {
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
    pub(in crate::request) fn put(
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
    pub(in crate::request) fn clear(
        &mut self,
        origin: &Origin,
        cookies: Vec<HeaderValue>,
    ) -> Result<(), Error> {
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

    pub(super) fn push(
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
    pub(in crate::request) fn confirm(&mut self, number: u64) -> Result<(), Error> {
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
    pub(in crate::request) fn take_back(&mut self, number: u64, hook: NodeId) {
        self.log.retain(|change| change.number != number);
        self.void(hook);
    }

    /// Tells if the write, or one whose hook wrote it, can be taken back yet. What was written inside a reading, of whichever
    /// session, may be: nobody tells when that has ended.
    pub(super) fn is_open(&self, change: &Change<T>) -> bool {
        let mut hooks = self.log.iter().filter_map(|change| change.hook);
        let is_approved = self.approved.is_some_and(|reading| change.origin.is_within(reading));
        let is_in_reading = !change.origin.is_handler() && !is_approved;
        !change.is_confirmed() || is_in_reading || hooks.any(|hook| change.origin.is_within(hook))
    }

    /// Drops what can never be seen again: confirmed writes before a confirmed write. During a reading any of them may
    /// be undone yet.
    pub(super) fn forget_covered(&mut self) {
        if self.phase != Phase::Done {
            return;
        }
        // A `clear()` stays whatever is taken back.
        let is_last = |change: &&Change<T>| change.is_clear() || !self.is_open(change);
        let Some(last) = self.log.iter().rev().find(is_last).map(|change| change.number) else { return };
        self.log.retain(|change| change.number >= last || !change.is_confirmed());
    }

    /// Lets no write begin any more.
    pub(in crate::request) fn end(&mut self) {
        self.closed = true;
    }

    /// Ends all writes while these readings of the request are under way, and tells the `Set-Cookie` lines of the response:
    /// those of the last write that is confirmed and
    /// whose reading, and whose hooks around it, have ended well.
    pub(in crate::request) fn close(&mut self, readings: &[NodeId]) -> Vec<HeaderValue> {
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
