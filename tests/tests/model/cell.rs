//! One kind's session in one request: the request's token, then every write that stands.

use std::rc::Rc;

use unjwt::{Source, Status};

use super::ledger::Session;
use super::wire::Pending;

/// A session and where its token came from.
pub type Found = (Rc<Session>, Source);

/// What a session is at some moment.
#[derive(Clone)]
pub struct Snapshot {
    pub status: Status,
    pub current: Option<Found>,
    pub pending: Pending,
}

impl Snapshot {
    pub fn without(status: Status) -> Self {
        Self { status, current: None, pending: Pending::Nothing }
    }
}

/// One kind's session in this request.
#[derive(Clone)]
pub struct Cell {
    pub reading: bool,
    pub failed: bool,
    pub read: Snapshot,
    /// The writes that stand, each with its number.
    pub writes: Vec<(u64, Snapshot)>,
}

impl Cell {
    pub fn now(&self) -> &Snapshot {
        self.writes.last().map_or(&self.read, |(_, snapshot)| snapshot)
    }

    pub fn was_cleared(&self) -> bool {
        self.now().status == Status::Cleared
    }

    pub fn reject(&mut self) {
        if !self.was_cleared() {
            self.writes.clear();
            self.read = Snapshot::without(Status::Rejected);
        }
    }
}
