//! One session in one request: what it is, and what the response will say of it.

use std::any::Any;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderValue;
use tokio::sync::Notify;

use super::chains::{ChainId, SlotId};
use super::current::{Current, Status};
use super::lent::Lent;
use super::note::Note;
use crate::error::Error;
use crate::session::Session;
use crate::session::tokens::{AnyTokens, Tokens};

/// The shared state of every extraction of one session in one request.
pub(crate) struct Slot<T: Session> {
    pub(crate) id: SlotId,
    pub(crate) tokens: Tokens<T>,
    cell: Mutex<Cell<T>>,
    /// Wakes those who wait for a reading.
    pub(crate) changed: Notify,
    /// Held by a write from start to end, never while a hook runs.
    pub(crate) writing: tokio::sync::Mutex<()>,
}

pub(crate) struct Cell<T: Session> {
    pub(crate) phase: Phase,
    pub(crate) now: Snapshot<T>,
    /// The session, where its data was handed out and nobody else has asked for it.
    pub(crate) lent: Option<Lent>,
    /// The number of writes so far, without those that were taken back.
    pub(crate) version: u64,
    /// Failed writes that a later one covers, each with its number and what was before it.
    covered: Vec<(u64, Snapshot<T>)>,
    /// A hook of the reading failed: every extraction of this request answers so.
    pub(crate) failure: Option<Error>,
    /// The numbers of the chunk cookies that the client holds.
    pub(crate) held_chunks: Vec<usize>,
}

/// What a write replaces, and what a failed one puts back.
pub(crate) struct Snapshot<T: Session> {
    pub(crate) status: Status,
    pub(crate) current: Option<Current<T>>,
    /// The `Set-Cookie` lines of the response.
    pub(crate) cookies: Vec<HeaderValue>,
}

impl<T: Session> Clone for Snapshot<T> {
    fn clone(&self) -> Self {
        Self { status: self.status, current: self.current.clone(), cookies: self.cookies.clone() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Phase {
    Unread,
    Reading(ChainId),
    Done,
}

impl<T: Session> Cell<T> {
    /// Replaces the session; what it was, and the number of this write.
    pub(crate) fn put(&mut self, now: Snapshot<T>) -> (Snapshot<T>, u64) {
        self.version += 1;
        (mem::replace(&mut self.now, now), self.version)
    }

    /// Undoes a write, as if it had not been. What was written after it stays, and once that is undone too, so is this.
    pub(crate) fn take_back(&mut self, number: u64, before: Snapshot<T>) {
        self.covered.push((number, before));
        while let Some(last) = self.covered.iter().position(|(number, _)| *number == self.version) {
            (_, self.now) = self.covered.swap_remove(last);
            self.version -= 1;
        }
    }
}

impl<T: Session> Slot<T> {
    /// A session that has not been read, or that of the note.
    pub(crate) fn new(id: SlotId, tokens: Tokens<T>, note: Option<Note>) -> Self {
        let phase = if note.is_some() { Phase::Done } else { Phase::Unread };
        let (status, lent, held_chunks) = match note {
            Some(note) => (note.status, note.lent, note.held_chunks),
            None => (Status::Absent, None, Vec::new()),
        };
        Self {
            id,
            tokens,
            cell: Mutex::new(Cell {
                phase,
                now: Snapshot { status, current: None, cookies: Vec::new() },
                lent,
                version: 0,
                covered: Vec::new(),
                failure: None,
                held_chunks,
            }),
            changed: Notify::new(),
            writing: tokio::sync::Mutex::new(()),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Cell<T>> {
        self.cell.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session, unless it has expired since it was read.
    pub(crate) fn current(&self) -> Option<Current<T>> {
        let mut cell = self.lock();
        if let Some(lent) = cell.lent.take() {
            match self.tokens.read_again(&lent.payload) {
                Some(data) => {
                    cell.now.current =
                        Some(lent.facts.current(&lent.payload, data, lent.token.into(), lent.source));
                }
                // A `Deserialize` that changed its mind.
                None => cell.now.status = Status::Rejected,
            }
        }
        let current = cell.now.current.clone()?;
        drop(cell);
        (!self.tokens.is_expired(current.exp())).then_some(current)
    }

    pub(crate) fn status(&self) -> Status {
        let cell = self.lock();
        let exp = match (&cell.now.current, &cell.lent) {
            (Some(current), _) => current.exp(),
            (None, Some(lent)) => lent.facts.expires_at,
            (None, None) => None,
        };
        if self.tokens.is_expired(exp) { Status::Expired } else { cell.now.status }
    }
}

/// A slot as the response sees it.
pub(crate) trait AnySlot: Send + Sync {
    fn tokens(&self) -> &dyn AnyTokens;
    fn take_cookies(&self) -> Vec<HeaderValue>;
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

impl<T: Session> AnySlot for Slot<T> {
    fn tokens(&self) -> &dyn AnyTokens {
        self.tokens.as_any()
    }

    fn take_cookies(&self) -> Vec<HeaderValue> {
        mem::take(&mut self.lock().now.cookies)
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}
