//! The life of one session in one request as data: what its reading found, and every change since, in one versioned log.
//!
//! No locks, no futures, no I/O. All changes of a session's state are methods of [`State`], so that what a hook refused,
//! or what nobody has approved yet, cannot be made visible from anywhere else.

mod reading;
mod seeing;
mod writing;

use http::HeaderValue;

use super::bare_session::BareSession;
use super::origin::{NodeId, Origin};
use super::status::Status;
use super::wait_graph::WaitGraph;
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
    pub(super) bare: Option<BareSession>,
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

/// Who looks at the session.
pub(super) struct Viewer<'a> {
    /// The readings and their hooks around the one who looks.
    pub(super) origin: &'a Origin,
    /// The same, and the hooks of writes too.
    pub(super) within: &'a Origin,
    pub(super) waits: &'a WaitGraph,
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
        Self { status, current: None, bare: None, reason, cookies: Vec::new() }
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

    /// Tells if the session was ended, and none begun since.
    pub(super) fn is_cleared(&self) -> bool {
        self.log.last().is_some_and(Change::is_clear)
    }

    /// Tells if nothing was written, or all of it is undone.
    pub(super) fn is_unwritten(&self) -> bool {
        self.log.is_empty()
    }

    /// The session whose data was handed out, to be made whole again.
    pub(super) fn take_bare(&mut self) -> Option<BareSession> {
        self.found.bare.take()
    }

    pub(super) fn bare(&self) -> Option<&BareSession> {
        self.found.bare.as_ref()
    }

    pub(super) fn restore(&mut self, found: Base<T>) {
        if self.found.current.is_none() {
            self.found = found;
        }
    }
}

#[cfg(test)]
mod tests;
