//! What the model expects of writes, one after the other and at the same time.

use std::rc::Rc;

use unjwt::{ErrorKind, Source, Status};

use super::cell::{Found, Snapshot};
use super::hooks::{After, Record, Written};
use super::kinds::{Hook, Kind};
use super::ledger::Session;
use super::oracle::Oracle;
use super::script::{Change, End, is_too_large};
use super::sessions::Data;
use super::wire::{Pending, require};

/// What a write makes of the session that is there, or why it does not come about.
pub type Draft<'a> = dyn Fn(Option<&Session>) -> Result<(Data, Times), ErrorKind> + 'a;

/// What becomes of a session's times when it is written.
pub enum Times {
    New,
    /// New ones, but an end that a session without a lifetime had stays.
    Moved,
    Kept,
}

impl Oracle {
    pub fn write(
        &mut self,
        kind: Kind,
        told: bool,
        draft: &Draft<'_>,
    ) -> Result<Result<Option<Found>, ErrorKind>, String> {
        let old = self.live(kind);
        let error = match self.begin(kind, draft)? {
            Ok((number, new)) => match self.hook(kind, Hook::Update, Some(&new), old.as_ref(), told)? {
                End::Fine | End::Refuses => return Ok(Ok(Some(new))),
                End::Fails => {
                    self.take_back(kind, number);
                    ErrorKind::Hook
                }
            },
            Err(error) => error,
        };
        self.tell(kind, told)?;
        Ok(Err(error))
    }

    /// A write up to its `on_update` hook.
    fn begin(&mut self, kind: Kind, draft: &Draft<'_>) -> Result<Result<(u64, Found), ErrorKind>, String> {
        let old = self.live(kind).map(|(old, _)| old);
        let (data, times) = match draft(old.as_deref()) {
            Ok(drafted) => drafted,
            Err(error) => {
                self.count("write without what it needs");
                return Ok(Err(error));
            }
        };
        if let Some(note) = &data.note {
            if note.0.starts_with('!') {
                self.count("write that cannot be serialised");
                return Ok(Err(ErrorKind::Unserializable));
            }
            if is_too_large(kind, note) {
                self.count("write that is too large");
                return Ok(Err(ErrorKind::TooLarge));
            }
        }
        let end = kind.facts().max_age.map(|age| self.now + age);
        let session = match (&old, times) {
            (Some(old), Times::Kept) => {
                self.count("update that keeps its times");
                self.ledger.make(kind, Some(old), old.iat, old.exp, data)
            }
            (Some(old), Times::Moved) => self.ledger.make(kind, None, self.now, end.or(old.exp), data),
            _ => self.ledger.make(kind, None, self.now, end, data),
        };
        if let Some(old) = &old {
            let shortened = session.exp < old.exp && kind.facts().max_age.is_some();
            require(!shortened || self.now < old.iat, || "the end moved backwards".to_owned())?;
        }
        self.writes += 1;
        let found = (Rc::clone(&session), Source::New);
        let pending = Pending::Set { session, at: self.now };
        let snapshot = Snapshot { status: Status::Valid, current: Some(found.clone()), pending };
        self.cells.get_mut(&kind).unwrap().writes.push((self.writes, snapshot));
        Ok(Ok((self.writes, found)))
    }

    /// A failed write has not been; those after it stand.
    fn take_back(&mut self, kind: Kind, number: u64) {
        self.count("write taken back");
        self.cells.get_mut(&kind).unwrap().writes.retain(|(other, _)| *other != number);
    }

    fn tell(&mut self, kind: Kind, told: bool) -> Result<(), String> {
        if !told {
            self.hook(kind, Hook::Error, None, None, true)?;
        }
        Ok(())
    }

    pub fn clear(&mut self, kind: Kind, told: bool) -> Result<Result<Option<Found>, ErrorKind>, String> {
        self.count("clear");
        let old = self.live(kind);
        self.writes += 1;
        let cleared = Snapshot { pending: Pending::Removal, ..Snapshot::without(Status::Cleared) };
        self.cells.get_mut(&kind).unwrap().writes.push((self.writes, cleared));
        if self.hook(kind, Hook::Clear, None, old.as_ref(), told)? == End::Fails {
            self.tell(kind, told)?;
            return Ok(Err(ErrorKind::Hook));
        }
        Ok(Ok(None))
    }

    /// Two writes at the same time: what happened is right if it is so in one of their possible orders.
    pub fn together(&mut self, kind: Kind, writes: &[(Change, bool); 2]) -> Result<(), String> {
        if !self.ensure(kind)? {
            return self.expect_failed(kind, true);
        }
        let (results, after) = match self.record()? {
            Record::Together { kind: of, results, after } if of == kind => (results, after),
            other => return Err(format!("{other:?}")),
        };
        let mut reasons = Vec::new();
        // Twice each: the first time it writes, the second time its hook has ended.
        for order in [[0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 0], [1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1]] {
            let mut tried = self.clone();
            match tried.in_order(kind, writes, order, &results, &after) {
                Ok(()) => {
                    tried.count("concurrent writes");
                    *self = tried;
                    return Ok(());
                }
                Err(reason) => reasons.push(reason),
            }
        }
        Err(format!("{results:?}, then {after:?}: in no order ({reasons:?})"))
    }

    fn in_order(
        &mut self,
        kind: Kind,
        writes: &[(Change, bool); 2],
        order: [usize; 4],
        results: &[Written; 2],
        after: &After,
    ) -> Result<(), String> {
        let mut begun = [None, None];
        for index in order {
            let (change, fails) = &writes[index];
            match begun[index].take() {
                None => begun[index] = Some(self.begin(kind, &changed(kind, change))?),
                Some(result) => {
                    let result = match result {
                        Ok((number, _)) if *fails && kind.has(Hook::Update) => {
                            self.take_back(kind, number);
                            Err(ErrorKind::Hook)
                        }
                        Ok((_, found)) => Ok(Some(found)),
                        Err(error) => Err(error),
                    };
                    self.check_result(&result, &results[index])?;
                    begun[index] = None;
                }
            }
        }
        self.check_after(kind, after)
    }
}

pub fn updated(kind: Kind) -> Times {
    if kind.facts().update_keeps_times { Times::Kept } else { Times::Moved }
}

pub fn changed(kind: Kind, change: &Change) -> impl Fn(Option<&Session>) -> Result<(Data, Times), ErrorKind> {
    move |old| {
        let mut data = old.ok_or(ErrorKind::NoSession)?.data.clone();
        change.apply(kind, &mut data);
        Ok((data, updated(kind)))
    }
}
