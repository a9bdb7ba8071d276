//! The model of one request.
//!
//! It runs the same script as the service did, in the same order, and holds each of the service's records against what
//! it expects.

use std::collections::{BTreeMap, HashMap, VecDeque};

use http::StatusCode;
use unjwt::{ErrorKind, Status};

use super::cell::{Cell, Found};
use super::hooks::{After, HOOK_FAILED, Record, Seen, Written, plans};
use super::kinds::{Hook, Kind};
use super::ledger::Ledger;
use super::script::{Op, Plan, Script, What};
use super::sessions::Data;
use super::wire::{Sent, require};
use super::writing::{Times, changed, updated};

/// How often something happened that the sequences are there for.
pub type Census = BTreeMap<&'static str, usize>;

#[derive(Clone)]
pub struct Oracle {
    pub ledger: Ledger,
    pub census: Census,
    pub now: u64,
    pub cells: BTreeMap<Kind, Cell>,
    /// Whether any session was asked for.
    pub looked: bool,
    pub sent: Sent,
    pub plans: HashMap<(Kind, Hook), Vec<Plan>>,
    pub records: VecDeque<Record>,
    pub writes: u64,
}

impl Oracle {
    /// Before a request.
    pub fn new(
        ledger: Ledger,
        census: Census,
        now: u64,
        sent: Sent,
        script: &Script,
        records: Vec<Record>,
    ) -> Self {
        Self {
            ledger,
            census,
            now,
            cells: BTreeMap::new(),
            looked: false,
            sent,
            plans: plans(script),
            records: records.into(),
            writes: 0,
        }
    }

    /// Follows the whole script.
    pub fn follow(&mut self, script: &Script) -> Result<(), String> {
        for op in script.before.iter().chain(&script.ops) {
            self.looked |= !matches!((&op.what, op.kind), (What::Tick(_), _) | (What::Abandon, Kind::Vault));
            self.step(op).map_err(|error| format!("{:?} {:?}: {error}", op.kind, op.what))?;
        }
        require(self.records.is_empty(), || format!("and more happened: {:?}", self.records))
    }

    pub fn count(&mut self, what: &'static str) {
        *self.census.entry(what).or_default() += 1;
    }

    pub fn record(&mut self) -> Result<Record, String> {
        self.records.pop_front().ok_or_else(|| "nothing more happened".to_owned())
    }

    fn step(&mut self, op: &Op) -> Result<(), String> {
        let kind = op.kind;
        match &op.what {
            What::Tick(seconds) => {
                self.now += seconds;
                Ok(())
            }
            What::Abandon => {
                // A reading that waits for a hook is dropped there, and nothing has happened.
                if kind != Kind::Vault && !(self.cells.contains_key(&kind) || self.would_run_a_hook(kind)) {
                    self.ensure(kind)?;
                }
                Ok(())
            }
            What::Together(writes) => self.together(kind, writes),
            _ => self.look_or_write(op, true, false),
        }
    }

    /// An operation of the handler or of a hook; `told` in `on_error`, which does not hear of its own failures.
    pub fn look_or_write(&mut self, op: &Op, in_handler: bool, told: bool) -> Result<(), String> {
        let kind = op.kind;
        if !self.ensure(kind)? {
            return self.expect_failed(kind, in_handler);
        }
        let result = match &op.what {
            What::Update(sketch, with) => {
                let patch = sketch.patch(kind, *with);
                self.write(kind, told, &|old| {
                    let old = old.map(|old| old.data.clone());
                    let (mut who, mut count, mut note) = (patch.who.clone(), patch.count, patch.note.clone());
                    if let Some(old) = old {
                        who = who.or(Some(old.who));
                        count = count.or(Some(old.count));
                        note = note.or(Some(old.note));
                    }
                    let missing = ErrorKind::MissingField;
                    let (who, count) = (who.ok_or(missing)?, count.ok_or(missing)?);
                    Ok((Data { who, count, note: note.flatten() }, updated(kind)))
                })?
            }
            What::UpdateWith(change) => self.write(kind, told, &changed(kind, change))?,
            What::Replace(sketch) => self.write(kind, told, &|_| Ok((sketch.data(kind), Times::New)))?,
            What::Rotate => self.write(kind, told, &|old| {
                Ok((old.ok_or(ErrorKind::NoSession)?.data.clone(), Times::Moved))
            })?,
            What::Clear => self.clear(kind, told)?,
            _ => Ok(self.live(kind)),
        };
        match self.record()? {
            Record::Done { kind: of, result: seen, after } if of == kind => {
                self.check_result(&result, &seen)?;
                self.check_after(kind, &after)
            }
            Record::Extracted { kind: of, required, optional } if of == kind => {
                let data = self.live(kind).map(|(session, _)| session.data.clone());
                let right = required == data.clone().ok_or(StatusCode::UNAUTHORIZED) && optional == Ok(data);
                require(right, || "the extractors disagree with the model".to_owned())
            }
            other => Err(format!("{other:?}")),
        }
    }

    pub fn expect_failed(&mut self, kind: Kind, in_handler: bool) -> Result<(), String> {
        self.count("extraction answered by a failed hook");
        let refused = |status: Option<_>| status.is_none_or(|status| in_handler && status == HOOK_FAILED);
        match self.record()? {
            Record::Failed { kind: of, status } if of == kind && refused(status) => Ok(()),
            Record::Extracted { kind: of, required, optional }
                if of == kind && required == Err(HOOK_FAILED) && optional == Err(HOOK_FAILED) =>
            {
                Ok(())
            }
            other => Err(format!("a hook failed while reading, and yet {other:?}")),
        }
    }

    pub fn check_result(
        &mut self,
        expected: &Result<Option<Found>, ErrorKind>,
        seen: &Written,
    ) -> Result<(), String> {
        match (expected, seen) {
            (Ok(Some((session, source))), Ok(Some(seen))) => self.ledger.check(session, *source, seen),
            (Ok(None), Ok(None)) => Ok(()),
            (Err(expected), Err(kind)) => {
                require(expected == kind, || format!("{kind:?} and not {expected:?}"))
            }
            _ => Err(format!("{seen:?} and not {expected:?}")),
        }
    }

    pub fn check_after(&mut self, kind: Kind, after: &After) -> Result<(), String> {
        let status = match self.live(kind) {
            None if self.cells[&kind].now().current.is_some() => Status::Expired,
            _ => self.cells[&kind].now().status,
        };
        require(after.status == status, || format!("then {:?} and not {status:?}", after.status))?;
        self.check_seen(self.live(kind).as_ref(), after.current.as_ref())
    }

    pub fn check_seen(&mut self, expected: Option<&Found>, seen: Option<&Seen>) -> Result<(), String> {
        self.check_result(&Ok(expected.cloned()), &Ok(seen.cloned()))
    }
}
