//! One kind's session in one request, by the rules: what was read, what was written since, who may see it.

use std::collections::BTreeSet;
use std::rc::Rc;

use unjwt::{ErrorKind, Source, Status};

use super::ledger::Session;
use super::wire::Pending;

/// A session and where its token came from.
pub type Found = (Rc<Session>, Source);

/// A reading or a hook of one.
pub type Node = u64;

/// The readings and hooks around what happens, the innermost last; none around a handler. The hook of a write
/// is among them for what it writes itself, which is undone with that write.
pub type Scope = Vec<Node>;

const OF_A_WRITE: Node = 1 << 63;

/// The `on_update` of the write with this number.
pub fn hook_of(number: u64) -> Node {
    number | OF_A_WRITE
}

/// The reading or the hook of one that this is in; none in a handler, and in the hook of a write of a
/// handler.
pub fn innermost(scope: &Scope) -> Option<Node> {
    scope.iter().copied().rfind(|node| node & OF_A_WRITE == 0)
}

/// What a reading left that has ended well stays, whatever becomes of those around it.
fn is_inside(scope: &Scope, node: Node, approved: Option<Node>) -> bool {
    scope.iter().rev().take_while(|within| approved != Some(**within)).any(|within| *within == node)
}

pub fn is_handler(scope: &Scope) -> bool {
    innermost(scope).is_none()
}

/// The state of a session at one moment.
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

#[derive(Clone, Copy, PartialEq)]
pub enum Phase {
    Unread,
    /// Nothing was found by hooks that could not see all that they asked for.
    Blind,
    Reading {
        reading: Node,
        hook: Option<Node>,
    },
    Done,
}

/// A write or a clear.
#[derive(Clone)]
struct Write {
    number: u64,
    scope: Scope,
    made: Snapshot,
    is_confirmed: bool,
}

impl Write {
    fn is_clear(&self) -> bool {
        self.made.status == Status::Cleared
    }
}

/// One kind's session in this request.
#[derive(Clone)]
pub struct Cell {
    pub phase: Phase,
    read: Snapshot,
    writes: Vec<Write>,
    /// Refused hooks and readings that were given up: nothing of theirs counts.
    given_up: BTreeSet<Node>,
    /// The reading that ended well.
    approved: Option<Node>,
    /// The number of readings that ended blind.
    pub blind: u32,
    is_closed: bool,
}

impl Cell {
    pub fn new(is_closed: bool) -> Self {
        let read = Snapshot::without(Status::Absent);
        Self {
            phase: Phase::Unread,
            read,
            writes: Vec::new(),
            given_up: BTreeSet::new(),
            approved: None,
            blind: 0,
            is_closed,
        }
    }

    // Visibility

    /// Everybody sees an approved session, and that one has ended; before that, the hook that is asked about
    /// it.
    fn is_shown_to(&self, scope: &Scope) -> bool {
        match self.phase {
            Phase::Done => true,
            Phase::Reading { hook: Some(hook), .. } => innermost(scope) == Some(hook),
            Phase::Unread | Phase::Blind | Phase::Reading { hook: None, .. } => false,
        }
    }

    /// A write that can be taken back is seen by those who fall with it: its hook runs, or a reading of `under_way`
    /// does that made it.
    fn is_hidden(&self, write: &Write, scope: &Scope, under_way: &[Node]) -> bool {
        let unconfirmed = self.writes.iter().filter(|write| !write.is_confirmed);
        let open = unconfirmed.map(|write| hook_of(write.number)).chain(under_way.iter().copied());
        let is_own = |node: Node| {
            node == hook_of(write.number) && !write.is_confirmed
                || is_inside(&write.scope, node, self.approved)
        };
        !write.is_clear() && open.filter(|node| !scope.contains(node)).any(is_own)
    }

    fn last_for(&self, scope: &Scope, under_way: &[Node]) -> Option<&Write> {
        self.writes.iter().rev().find(|write| !self.is_hidden(write, scope, under_way))
    }

    /// Returns whether what was written last is not for this one to build on.
    pub fn is_ahead_of(&self, scope: &Scope, under_way: &[Node]) -> bool {
        self.writes.last().is_some_and(|write| self.is_hidden(write, scope, under_way))
    }

    pub fn seen_by(&self, scope: &Scope, under_way: &[Node]) -> Snapshot {
        match self.last_for(scope, under_way) {
            Some(write) if write.is_clear() => write.made.clone(),
            _ if !self.is_shown_to(scope) => Snapshot::without(Status::Absent),
            Some(write) => write.made.clone(),
            None => self.read.clone(),
        }
    }

    pub fn is_cleared(&self) -> bool {
        self.writes.last().is_some_and(Write::is_clear)
    }

    pub fn is_unwritten(&self) -> bool {
        self.writes.is_empty()
    }

    // Reading

    /// Shows the hook what was found so far.
    pub fn show(&mut self, shown_to: Node, found: Snapshot) {
        if let Phase::Reading { hook, .. } = &mut self.phase {
            *hook = Some(shown_to);
            self.read = found;
        }
    }

    pub fn hide(&mut self) {
        if let Phase::Reading { hook, .. } = &mut self.phase {
            *hook = None;
        }
    }

    /// A refusal: there is no session from this moment on, and nothing that was written of it; a clear stays.
    pub fn refuse(&mut self, hook: Node, status: Status) {
        self.given_up.insert(hook);
        self.writes.retain(Write::is_clear);
        self.read = Snapshot::without(status);
    }

    /// Nothing that this hook or reading wrote or will write counts; a clear stays.
    pub fn give_up(&mut self, node: Node) -> bool {
        self.given_up.insert(node);
        let (before, approved) = (self.writes.len(), self.approved);
        self.writes.retain(|write| write.is_clear() || !is_inside(&write.scope, node, approved));
        self.writes.len() < before
    }

    pub fn end(&mut self, found: Snapshot) {
        if let Phase::Reading { reading, .. } = self.phase {
            self.approved = Some(reading);
        }
        self.read = found;
        self.phase = Phase::Done;
    }

    /// The next who asks reads anew, unless the session has ended. Tells if something was undone.
    pub fn fail(&mut self, reading: Node, unread: Phase) -> bool {
        let undone = self.give_up(reading);
        self.read = Snapshot::without(Status::Absent);
        self.phase = if self.writes.iter().any(Write::is_clear) { Phase::Done } else { unread };
        undone
    }

    // Writing

    /// Returns whether writes from here count.
    pub fn admits(&self, scope: &Scope) -> Result<(), ErrorKind> {
        match self.given_up.iter().any(|node| is_inside(scope, *node, self.approved)) {
            _ if self.is_closed => Err(ErrorKind::ResponseSent),
            true => Err(ErrorKind::Refused),
            false => Ok(()),
        }
    }

    pub fn put(&mut self, number: u64, scope: &Scope, made: Snapshot, is_confirmed: bool) {
        self.writes.push(Write { number, scope: scope.clone(), made, is_confirmed });
    }

    /// Too late where the write is undone by now.
    pub fn confirm(&mut self, number: u64) -> Result<(), ErrorKind> {
        match self.writes.iter_mut().find(|write| write.number == number) {
            Some(write) => write.is_confirmed = true,
            None if self.is_closed => return Err(ErrorKind::ResponseSent),
            None => return Err(ErrorKind::Refused),
        }
        Ok(())
    }

    /// A failed write has not been, and neither has what its hook wrote; those of others after it stand.
    pub fn take_back(&mut self, number: u64) -> bool {
        let before = self.writes.len();
        self.writes.retain(|write| write.number != number);
        self.give_up(hook_of(number));
        self.writes.len() < before
    }

    /// Ends the session, whatever is refused or fails later: a reading under way makes none any more, unless
    /// it is the one that says so.
    pub fn clear(&mut self, number: u64, scope: &Scope) -> Result<(), ErrorKind> {
        if self.is_closed {
            return Err(ErrorKind::ResponseSent);
        }
        let made = Snapshot { pending: Pending::Removal, ..Snapshot::without(Status::Cleared) };
        self.put(number, scope, made, true);
        match self.phase {
            Phase::Unread | Phase::Blind => self.phase = Phase::Done,
            Phase::Reading { reading, .. } if !scope.contains(&reading) => {
                self.give_up(reading);
            }
            Phase::Reading { .. } | Phase::Done => {}
        }
        Ok(())
    }

    // The end

    /// Ends all writes; the last that is confirmed, of a reading that has ended well or of none, and every
    /// clear are in the response. Tells also if a write was too late.
    pub fn close(&mut self, readings: &[Node]) -> (Snapshot, bool) {
        self.is_closed = true;
        let before = self.writes.len();
        let unconfirmed = self.writes.iter().filter(|write| !write.is_confirmed);
        let mut under_way: Vec<Node> = unconfirmed.map(|write| hook_of(write.number)).collect();
        under_way.extend(readings);
        let approved = self.approved;
        self.writes.retain(|write| {
            let is_open = under_way.iter().any(|node| is_inside(&write.scope, *node, approved));
            write.is_clear() || write.is_confirmed && !is_open
        });
        let sent = match self.writes.last() {
            Some(write) => write.made.clone(),
            None if self.phase == Phase::Done => self.read.clone(),
            None => Snapshot::without(Status::Absent),
        };
        (sent, self.writes.len() < before)
    }
}
