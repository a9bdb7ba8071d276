//! What the model expects of a reading and its hooks.

use std::rc::Rc;

use unjwt::{Source, Status};

use super::cell::{Cell, Found, Snapshot};
use super::hooks::Record;
use super::kinds::{Hook, Kind};
use super::ledger::Session;
use super::oracle::Oracle;
use super::script::End;
use super::wire::Pending;

impl Oracle {
    /// The session, unless it has expired by now.
    pub fn live(&self, kind: Kind) -> Option<Found> {
        self.cells[&kind].now().current.clone().filter(|(session, _)| !self.is_expired(session))
    }

    fn is_expired(&self, session: &Session) -> bool {
        session.exp.is_some_and(|exp| exp + session.kind.facts().tolerance <= self.now)
    }

    /// The best of what the request brings: valid, then expired, then rejected.
    fn outcome(&self, kind: Kind) -> (Status, Option<Found>) {
        let mut best = (Status::Absent, None);
        let rank = |status| {
            [Status::Absent, Status::Rejected, Status::Expired, Status::Valid]
                .iter()
                .position(|s| *s == status)
        };
        for (token, source) in self.sent.tokens(kind) {
            let outcome = match token.and_then(|token| self.ledger.find(kind, &token)) {
                Some(session) if session.iat > self.now + kind.facts().tolerance + 60 => {
                    (Status::Rejected, None)
                }
                Some(session) if self.is_expired(session) => {
                    (Status::Expired, Some((Rc::clone(session), source)))
                }
                Some(session) => (Status::Valid, Some((Rc::clone(session), source))),
                None => (Status::Rejected, None),
            };
            if rank(outcome.0) > rank(best.0) {
                best = outcome;
            }
        }
        best
    }

    pub fn would_run_a_hook(&self, kind: Kind) -> bool {
        match self.outcome(kind).0 {
            Status::Absent => kind.has(Hook::Renew),
            Status::Rejected => kind.has(Hook::Error),
            Status::Expired => kind.has(Hook::Expire) || kind.has(Hook::Renew),
            _ => kind.has(Hook::Read),
        }
    }

    /// Reads the session unless that is done; false where a hook failed meanwhile.
    pub fn ensure(&mut self, kind: Kind) -> Result<bool, String> {
        if let Some(cell) = self.cells.get(&kind) {
            return Ok(!cell.failed);
        }
        let (status, found) = self.outcome(kind);
        self.count(match status {
            Status::Absent => "read nothing",
            Status::Rejected => "read a refused token",
            Status::Expired => "read an expired session",
            _ => "read a valid session",
        });
        let offered = self.sent.tokens(kind);
        if offered
            .iter()
            .any(|(token, _)| token.as_ref().is_some_and(|token| self.ledger.is_others(kind, token)))
        {
            self.count("offered another session's token");
        }
        if offered.iter().any(|(token, _)| token.is_none()) {
            self.count("offered an incomplete set of chunks");
        }
        let mut read = Snapshot::without(status);
        match (status, &found) {
            (Status::Valid, found) => read.current.clone_from(found),
            (Status::Expired, Some((_, Source::Cookie))) if !kind.has(Hook::Renew) => {
                self.count("expired cookie removed");
                read.pending = Pending::Removal;
            }
            _ => {}
        }
        self.cells.insert(kind, Cell { reading: true, failed: false, read, writes: Vec::new() });
        let fine = self.reading_hooks(kind, status, found.as_ref())?;
        let cell = self.cells.get_mut(&kind).unwrap();
        cell.reading = false;
        if !fine {
            cell.failed = true;
            cell.reject();
        }
        Ok(fine)
    }

    fn reading_hooks(&mut self, kind: Kind, status: Status, found: Option<&Found>) -> Result<bool, String> {
        let hook = match status {
            Status::Valid => Hook::Read,
            Status::Expired => Hook::Expire,
            Status::Rejected => Hook::Error,
            _ => Hook::Renew,
        };
        if hook != Hook::Renew {
            match self.hook(kind, hook, found, None, false)? {
                End::Fails => return Ok(false),
                End::Refuses if hook == Hook::Read => {
                    self.count("refused by on_read");
                    self.cells.get_mut(&kind).unwrap().reject();
                }
                End::Fine | End::Refuses => {}
            }
        }
        if matches!(status, Status::Valid | Status::Rejected) {
            return Ok(true);
        }
        let cell = &self.cells[&kind];
        let without = match &cell.now().current {
            Some((session, _)) => self.is_expired(session),
            None => matches!(cell.now().status, Status::Absent | Status::Expired),
        };
        if without {
            let end = self.hook(kind, Hook::Renew, found, None, false)?;
            if self.live(kind).is_some() && end != End::Fails {
                self.count("renewed");
            }
            return Ok(end != End::Fails);
        }
        Ok(true)
    }

    /// A hook runs, if the kind has it.
    pub fn hook(
        &mut self,
        kind: Kind,
        hook: Hook,
        seen: Option<&Found>,
        old: Option<&Found>,
        told: bool,
    ) -> Result<End, String> {
        if !kind.has(hook) {
            return Ok(End::Fine);
        }
        let plan = self.plans.get_mut(&(kind, hook)).and_then(Vec::pop).unwrap_or_default();
        match self.record()? {
            Record::Hook { kind: of, hook: ran, seen: shown, old: old_shown }
                if (of, ran) == (kind, hook) =>
            {
                self.check_seen(seen, shown.as_ref())?;
                self.check_seen(old, old_shown.as_ref())?;
            }
            other => return Err(format!("{hook:?} of {kind:?} should run, and not {other:?}")),
        }
        for op in &plan.ops {
            if op.kind != kind && self.cells.get(&op.kind).is_some_and(|cell| cell.reading) {
                self.count("two readings that ask for each other");
            }
            self.look_or_write(op, false, told && op.kind == kind)
                .map_err(|error| format!("in {hook:?} of {kind:?}, {:?} {:?}: {error}", op.kind, op.what))?;
        }
        Ok(plan.end)
    }
}
