//! The model of one request: what its sessions are, and what it has yet to hear of.

use std::cell::{RefCell, RefMut};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::cell::{Cell, Found, Node, Phase, Scope, Snapshot};
use super::kinds::{Hook, Kind};
use super::ledger::{Ledger, Session};
use super::perform::plans;
use super::record::Record;
use super::script::{Plan, Script, Then};
use super::wire::Sent;

/// The number of times that each situation of interest occurred.
pub type Census = BTreeMap<&'static str, usize>;

#[derive(Clone)]
pub struct World {
    pub ledger: Ledger,
    pub census: Census,
    pub now: u64,
    pub sent: Sent,
    pub cells: BTreeMap<Kind, Cell>,
    /// The effect of the response on the sessions that were requested before it.
    pub response: BTreeMap<Kind, Snapshot>,
    pub is_closed: bool,
    pub is_dropped: bool,
    pub plans: HashMap<(Kind, Hook), Vec<Plan>>,
    pub records: VecDeque<Record>,
    /// The readings under way, and who waits for one.
    pub readings: Vec<(Kind, Node)>,
    pub waiting: Vec<(Scope, Node)>,
    /// Readings that could not wait for another one, each with that one.
    pub missed: Vec<(Node, Node)>,
    /// The same of sessions that were left unread for that.
    pub left_unread: BTreeMap<Kind, Vec<Node>>,
    hangs: bool,
    last: u64,
}

impl World {
    pub fn count(&mut self, what: &'static str) {
        *self.census.entry(what).or_default() += 1;
    }

    pub fn record(&mut self) -> Result<Record, String> {
        self.records.pop_front().ok_or_else(|| "nothing more happened".to_owned())
    }

    /// A new name for a reading, a hook or a write.
    pub fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    pub fn cell(&mut self, kind: Kind) -> &mut Cell {
        let is_closed = self.is_closed;
        self.cells.entry(kind).or_insert_with(|| Cell::new(is_closed))
    }

    fn under_way(&self) -> Vec<Node> {
        self.readings.iter().map(|(_, reading)| *reading).collect()
    }

    pub fn seen_by(&mut self, kind: Kind, scope: &Scope) -> Snapshot {
        let under_way = self.under_way();
        self.cell(kind).seen_by(scope, &under_way)
    }

    /// Returns whether a write that this one cannot see would be in what it makes.
    pub fn is_ahead_of(&mut self, kind: Kind, scope: &Scope) -> bool {
        let under_way = self.under_way();
        self.cell(kind).is_ahead_of(scope, &under_way)
    }

    /// The session that this one sees, unless it has expired by now.
    pub fn live(&mut self, kind: Kind, scope: &Scope) -> Option<Found> {
        let current = self.seen_by(kind, scope).current;
        current.filter(|(session, _)| !self.is_expired(session))
    }

    pub fn is_expired(&self, session: &Session) -> bool {
        session.exp.is_some_and(|exp| exp + session.kind.facts().tolerance <= self.now)
    }

    pub fn is_under_way(&self, reading: Node) -> bool {
        self.readings.iter().any(|(_, other)| *other == reading)
    }

    /// Returns whether what made a reading leave the session unread goes on.
    pub fn is_met(&self, kind: Kind) -> bool {
        let missed = self.left_unread.get(&kind).into_iter().flatten();
        missed.copied().any(|reading| self.is_under_way(reading))
    }

    /// The response goes, or will never go.
    pub fn close(&mut self) {
        self.is_closed = true;
        let readings = self.under_way();
        for (kind, cell) in &mut self.cells {
            let is_read = !matches!(cell.phase, Phase::Reading { .. });
            let (sent, late) = cell.close(&readings);
            self.response.insert(*kind, sent);
            if late {
                let what = if is_read { "write late for the response" } else { "response during a reading" };
                *self.census.entry(what).or_default() += 1;
            }
        }
    }
}

/// A task of the model, which runs as far as the service's own does.
pub type Task = Pin<Box<dyn Future<Output = Result<(), String>>>>;

/// The model that follows a request.
#[derive(Clone)]
pub struct Model {
    world: Rc<RefCell<World>>,
    tasks: Rc<RefCell<Vec<Task>>>,
}

impl Model {
    /// Before a request.
    pub fn new(
        ledger: Ledger,
        census: Census,
        now: u64,
        sent: Sent,
        script: &Script,
        records: Vec<Record>,
    ) -> Self {
        let world = World {
            ledger,
            census,
            now,
            sent,
            cells: BTreeMap::new(),
            response: BTreeMap::new(),
            is_closed: false,
            is_dropped: false,
            plans: plans(script),
            records: records.into(),
            readings: Vec::new(),
            waiting: Vec::new(),
            missed: Vec::new(),
            left_unread: BTreeMap::new(),
            hangs: false,
            last: 0,
        };
        Self { world: Rc::new(RefCell::new(world)), tasks: Rc::default() }
    }

    pub fn world(&self) -> RefMut<'_, World> {
        self.world.borrow_mut()
    }

    pub fn count(&self, what: &'static str) {
        self.world().count(what);
    }

    // Tasks

    pub fn start(&self, task: impl Future<Output = Result<(), String>> + 'static) -> Result<(), String> {
        self.step(Box::pin(task))
    }

    pub fn keep(&self, task: impl Future<Output = Result<(), String>> + 'static) {
        self.tasks.borrow_mut().push(Box::pin(task));
    }

    fn step(&self, mut task: Task) -> Result<(), String> {
        match task.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(end) => return end,
            Poll::Pending if std::mem::take(&mut self.world().hangs) => {
                self.count("hook that hangs");
                drop(task);
            }
            Poll::Pending => self.tasks.borrow_mut().push(task),
        }
        Ok(())
    }

    fn take(&self, index: usize) -> Task {
        self.tasks.borrow_mut().remove(index)
    }

    fn waiting(&self) -> usize {
        self.tasks.borrow().len()
    }

    pub fn resume(&self, pick: usize, then: Then) -> Result<(), String> {
        if self.waiting() == 0 {
            return Ok(());
        }
        let task = self.take(pick % self.waiting());
        match then {
            Then::GoesOn => {
                self.count("task that goes on");
                self.step(task)
            }
            Then::IsCutOff => {
                self.count("task that is cut off");
                drop(task);
                Ok(())
            }
        }
    }

    pub fn drain(&self, rounds: usize) -> Result<(), String> {
        for _ in 0..rounds {
            if self.waiting() == 0 {
                return Ok(());
            }
            self.count("task that outlives its request");
            let task = self.take(0);
            self.step(task)?;
        }
        while self.waiting() > 0 {
            drop(self.take(0));
        }
        Ok(())
    }

    /// Waits to be resumed.
    pub async fn pause(&self) {
        let mut polled = false;
        poll_fn(|_| if std::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    pub async fn hang(&self) {
        self.world().hangs = true;
        pending().await
    }

    /// Waits for what another task may bring about.
    pub async fn until(&self, holds: impl Fn(&World) -> bool) {
        poll_fn(|_| if holds(&self.world.borrow()) { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// The tasks hold their model.
    pub fn forget_tasks(&self) {
        while self.waiting() > 0 {
            drop(self.take(0));
        }
    }
}
