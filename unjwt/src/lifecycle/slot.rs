//! One session in one request: what it is, and what the response will say of it.

use std::any::Any;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderValue;
use tokio::sync::Notify;

use super::chains::{ChainId, SlotId};
use super::current::{Current, Status};
use crate::error::Error;
use crate::session::Session;
use crate::session::spec::Spec;
use crate::session::tokens::Tokens;

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
    /// The number of writes so far.
    pub(crate) version: u64,
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

impl<T: Session> Slot<T> {
    pub(crate) fn new(id: SlotId, tokens: Tokens<T>) -> Self {
        Self {
            id,
            tokens,
            cell: Mutex::new(Cell {
                phase: Phase::Unread,
                now: Snapshot { status: Status::Absent, current: None, cookies: Vec::new() },
                version: 0,
                failure: None,
                held_chunks: Vec::new(),
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
        let current = self.lock().now.current.clone()?;
        (!self.tokens.is_expired(current.exp())).then_some(current)
    }

    pub(crate) fn status(&self) -> Status {
        let cell = self.lock();
        match &cell.now.current {
            Some(current) if self.tokens.is_expired(current.exp()) => Status::Expired,
            _ => cell.now.status,
        }
    }
}

/// A slot as the response sees it.
pub(crate) trait AnySlot: Send + Sync {
    fn belongs_to(&self, identity: usize) -> bool;
    fn spec(&self) -> &'static Spec;
    fn take_cookies(&self) -> Vec<HeaderValue>;
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

impl<T: Session> AnySlot for Slot<T> {
    fn belongs_to(&self, identity: usize) -> bool {
        self.tokens.identity() == identity
    }

    fn spec(&self) -> &'static Spec {
        self.tokens.spec()
    }

    fn take_cookies(&self) -> Vec<HeaderValue> {
        std::mem::take(&mut self.lock().now.cookies)
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}
