//! Writes of the session: which are valid, which are final, and which are sent.

use http::HeaderValue;

use super::{CLOSED, Change, Phase, State, Ticket, VOID, is_inside};
use crate::clock::NumericDate;
use crate::error::Error;
use crate::request::origin::{NodeId, Origin};
use crate::session::SessionType;
use crate::session::current::Current;

impl<T: SessionType> State<T> {
    /// Begins a write.
    ///
    /// # Errors
    ///
    /// Fails if the response has been sent, or if a hook refused the session that the write concerns.
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

    /// Checks that writes from this origin are not void.
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

    /// Replaces the session; in this request only if there are no `cookies` to send. A write with a running hook can be
    /// [taken back](Self::take_back) until it is [confirmed](Self::confirm).
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    pub(in crate::request) fn put(
        &mut self,
        ticket: Ticket,
        current: Current<T>,
        cookies: Option<Vec<HeaderValue>>,
        hook: Option<NodeId>,
    ) -> Result<u64, Error> {
        self.check(&ticket)?;
        Ok(self.push(ticket, Some(current), cookies, hook))
    }

    /// Ends the session for good, even if something is refused or fails later; in this request only if there are no
    /// `cookies` to send. A concurrent reading, unless the session is ended within it, can no longer produce a session.
    ///
    /// # Errors
    ///
    /// Fails if the response has been sent.
    pub(in crate::request) fn clear(
        &mut self,
        origin: &Origin,
        cookies: Option<Vec<HeaderValue>>,
    ) -> Result<(), Error> {
        if self.closed {
            return Err(CLOSED);
        }
        self.push(Ticket { number: self.next, origin: origin.clone() }, None, cookies, None);
        match self.phase {
            // The request's token is not read again in this request.
            Phase::Unread | Phase::Blind => self.phase = Phase::Done,
            Phase::Reading { reading, .. } if !origin.is_within(reading) => self.void(reading),
            Phase::Reading { .. } | Phase::Done => {}
        }
        Ok(())
    }

    /// Ends the session because its login was replaced or has ended. A write that is under way is void, since its token
    /// is one of that login.
    pub(in crate::request) fn leave(&mut self, cookies: Vec<HeaderValue>) {
        self.barrier = self.next;
        // After the response there is nothing left to end.
        let _ = self.clear(&Origin::HANDLER, Some(cookies));
    }

    pub(super) fn push(
        &mut self,
        ticket: Ticket,
        current: Option<Current<T>>,
        cookies: Option<Vec<HeaderValue>>,
        hook: Option<NodeId>,
    ) -> u64 {
        let number = self.next;
        self.next += 1;
        if self.log.is_empty() {
            // Most requests write a session once, and a `Vec` begins with room for four.
            self.log.reserve_exact(1);
        }
        self.log.push(Change { number, origin: ticket.origin, current, cookies, hook });
        self.forget_covered();
        number
    }

    /// Makes a write final, together with what its hook wrote.
    ///
    /// # Errors
    ///
    /// Fails if the write is already undone: the response was sent without it, or a hook refused the session.
    pub(in crate::request) fn confirm(&mut self, number: u64) -> Result<(), Error> {
        match self.log.iter_mut().find(|change| change.number == number) {
            Some(change) => change.hook = None,
            None if self.closed => return Err(CLOSED),
            None => return Err(VOID),
        }
        self.forget_covered();
        Ok(())
    }

    /// Undoes an unconfirmed write, and all past and future writes of its hook. Later writes by others stay.
    pub(in crate::request) fn take_back(&mut self, number: u64, hook: NodeId) {
        self.log.retain(|change| change.number != number);
        self.void(hook);
    }

    /// Returns whether the write, or one whose hook made it, can still be undone. A write made inside a
    /// reading, of any session, counts as one, since its log is not told when that reading ends.
    pub(super) fn is_open(&self, change: &Change<T>) -> bool {
        let mut hooks = self.log.iter().filter_map(|change| change.hook);
        let is_approved = self.approved.is_some_and(|reading| change.origin.is_within(reading));
        let is_in_reading = !change.origin.is_handler() && !is_approved;
        !change.is_confirmed() || is_in_reading || hooks.any(|hook| change.origin.is_within(hook))
    }

    /// Drops writes that can never be seen again: confirmed writes before a confirmed write. During a reading
    /// any of them may still be undone.
    pub(super) fn forget_covered(&mut self) {
        if self.phase != Phase::Done {
            return;
        }
        // A `clear()` is never undone.
        let is_last = |change: &&Change<T>| change.is_clear() || !self.is_open(change);
        let Some(last) = self.log.iter().rev().find(is_last).map(|change| change.number) else { return };
        self.log.retain(|change| change.number >= last || !change.is_confirmed());
    }

    /// Records that a write is the renewal of a session that rotates.
    pub(in crate::request) fn rotated(&mut self, number: u64) {
        self.rotation = Some(number);
    }

    /// Returns the time of the last write, if it is the renewal of a session that rotates.
    pub(in crate::request) fn rotated_at(&self) -> Option<NumericDate> {
        let last = self.log.last().filter(|change| Some(change.number) == self.rotation)?;
        last.current.as_ref().and_then(Current::iat)
    }

    /// Prevents new writes.
    pub(in crate::request) fn end(&mut self) {
        self.closed = true;
    }

    /// Ends all writes and returns the `Set-Cookie` lines of the response: those of the last confirmed write
    /// whose surrounding readings and hooks have all succeeded. `readings` are those still under way.
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
            Some(change) => change.cookies.as_mut().map(std::mem::take).unwrap_or_default(),
            None if self.phase == Phase::Done => std::mem::take(&mut self.found.cookies),
            None => Vec::new(),
        }
    }
}
