//! The state of one session in one request: the result of its reading, and a versioned log of every change
//! since.
//!
//! This module has no locks, no futures and no I/O. All state transitions are methods of [`State`], so that
//! no other code can make visible what a hook refused or has not approved yet.

mod reading;
mod seeing;
mod writing;

pub(super) use seeing::CONFLICT;

use http::HeaderValue;

use super::bare_session::BareSession;
use super::origin::{NodeId, Origin};
use super::status::Status;
use super::wait_graph::WaitGraph;
use crate::error::{Error, ErrorKind};
use crate::login::id::LoginId;
use crate::session::SessionType;
use crate::session::current::Current;

/// One session in one request.
pub(super) struct State<T: SessionType> {
    phase: Phase,
    found: Base<T>,
    log: Vec<Change<T>>,
    /// The number of the next write.
    next: u64,
    /// Writes that began before this number fail, since `refuse()` was called after them.
    barrier: u64,
    /// Readings and hooks whose writes are void.
    void: Vec<NodeId>,
    /// The reading that succeeded: its result stays even if the readings around it fail.
    approved: Option<NodeId>,
    blind: Blind,
    /// The readings that a blind reading could not wait for.
    missed: Vec<NodeId>,
    closed: bool,
    /// The last write that was the renewal of a session that rotates.
    rotation: Option<u64>,
    /// The numbers of the chunk cookies that the client holds.
    held_chunks: Vec<usize>,
}

/// The number of blind readings: those that ended without a session that they might have found.
#[derive(Clone, Copy, Debug, Default)]
struct Blind {
    for_hooks: u8,
    for_handlers: u8,
}

/// The maximum number of blind readings of each kind in one request: if hooks request each other's sessions,
/// every further reading is as blind as the last.
const MOST_BLIND: u8 = 8;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Unread,
    /// The session was read by hooks that could not see every session they requested, and none was found. A
    /// caller that can wait reads it again.
    Blind,
    Reading {
        reading: NodeId,
        /// The running hook, which alone sees the session.
        hook: Option<NodeId>,
    },
    Done,
}

/// The session as the result of a reading.
pub(super) struct Base<T: SessionType> {
    pub(super) status: Status,
    pub(super) current: Option<Current<T>>,
    /// The session, if its data was handed out and nobody else has requested it.
    pub(super) bare: Option<BareSession>,
    /// The reason why there is no session, if the request brought a token.
    pub(super) reason: Option<Error>,
    /// The login of a token that this program cannot read.
    pub(super) unread_login: Option<LoginId>,
    /// The `Set-Cookie` lines of the response.
    pub(super) cookies: Vec<HeaderValue>,
}

/// A write.
struct Change<T: SessionType> {
    number: u64,
    origin: Origin,
    /// `None` after `clear()`.
    current: Option<Current<T>>,
    /// The `Set-Cookie` lines. `None` if the write counts in this request only: the client keeps a token that another
    /// program reads better, or that of a login of which this is so.
    cookies: Option<Vec<HeaderValue>>,
    /// The hook of the write, which is unconfirmed until the hook returns. A `clear()` waits for no hook.
    hook: Option<NodeId>,
}

impl<T: SessionType> Change<T> {
    fn is_clear(&self) -> bool {
        self.current.is_none()
    }

    /// Returns whether the write's own hook has finished. After that, only the reading or hook in which the
    /// write was made can undo it.
    fn is_confirmed(&self) -> bool {
        self.hook.is_none()
    }
}

/// The position of a write in the order of all events of the session, assigned when the write begins.
pub(super) struct Ticket {
    number: u64,
    origin: Origin,
}

/// The code that accesses the session.
pub(super) struct Viewer<'a> {
    /// The readings and their hooks around the viewer.
    pub(super) origin: &'a Origin,
    /// `origin` and the hooks of writes.
    pub(super) within: &'a Origin,
    pub(super) waits: &'a WaitGraph,
}

/// The action that a caller must take to access the session.
#[derive(Debug, PartialEq)]
pub(super) enum Ask {
    /// Read the session.
    Read,
    /// Wait for the reading.
    Wait,
    /// Nothing: the session has been read.
    Look,
    /// Continue without the session: its reading waits for the caller, or was blind too often.
    Pass,
}

impl<T: SessionType> Base<T> {
    pub(super) fn without(status: Status, reason: Option<Error>) -> Self {
        Self { status, current: None, bare: None, reason, unread_login: None, cookies: Vec::new() }
    }

    /// Creates the result for a genuine token that this program cannot read.
    pub(super) fn unreadable(reason: Error, login: Option<LoginId>) -> Self {
        Self { unread_login: login, ..Self::without(Status::Rejected, Some(reason)) }
    }

    pub(super) fn valid(current: Current<T>) -> Self {
        Self { current: Some(current), ..Self::without(Status::Valid, None) }
    }
}

/// Returns whether the origin lies within `id`, but not within the approved reading nested in it.
fn is_inside(origin: &Origin, id: NodeId, approved: Option<NodeId>) -> bool {
    origin.ids().take_while(|within| approved != Some(*within)).any(|within| within == id)
}

const CLOSED: Error =
    Error::new(ErrorKind::ResponseSent, "write the session before the response is returned");
const PASSING: Error = Error::new(
    ErrorKind::NewerVersion,
    "a hook's session is in the place of the token, for this request only",
);
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
            rotation: None,
            held_chunks: Vec::new(),
        }
    }

    /// Creates the state of a session whose reading has finished.
    pub(super) fn read(found: Base<T>, held_chunks: Vec<usize>, closed: bool) -> Self {
        Self { phase: Phase::Done, found, held_chunks, ..Self::unread(closed) }
    }

    pub(super) fn held_chunks(&self) -> &[usize] {
        &self.held_chunks
    }

    pub(super) fn hold_chunks(&mut self, held_chunks: Vec<usize>) {
        self.held_chunks = held_chunks;
    }

    /// Returns whether the session was ended and no new one begun since.
    pub(super) fn is_cleared(&self) -> bool {
        self.log.last().is_some_and(Change::is_clear)
    }

    /// Returns whether nothing was written, or all writes are undone.
    pub(super) fn is_unwritten(&self) -> bool {
        self.log.is_empty()
    }

    /// Returns the reason why the client keeps its token whatever this program makes of it: the token is genuine, but not
    /// one that the program can read, and no login has taken its place.
    pub(super) fn kept(&self, viewer: &Viewer<'_>) -> Option<Error> {
        let reason = self.found.reason.as_ref().filter(|reason| reason.keeps_token());
        match self.seen_write(viewer) {
            None => reason.cloned(),
            Some(write) if write.cookies.is_none() => Some(reason.cloned().unwrap_or(PASSING)),
            Some(_) => None,
        }
    }

    /// Returns the login of the token that is kept.
    pub(super) fn kept_login(&self, viewer: &Viewer<'_>) -> Option<LoginId> {
        self.found.unread_login.filter(|_| self.kept(viewer).is_some())
    }

    /// Returns whether nothing is known of the request's token yet.
    pub(super) fn is_undecided(&self) -> bool {
        match self.phase {
            Phase::Unread | Phase::Blind => true,
            Phase::Reading { hook, .. } => hook.is_none(),
            Phase::Done => false,
        }
    }

    /// Takes the session whose data was handed out, so that it can be restored.
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
