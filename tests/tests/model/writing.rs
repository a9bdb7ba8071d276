//! The model's expectations of writes.

use std::rc::Rc;

use unjwt::{ErrorKind, Source, Status};

use super::cell::{Found, Scope, Snapshot, hook_of};
use super::kinds::{Hook, Kind};
use super::ledger::Session;
use super::reading::Expect;
use super::script::{What, is_too_large};
use super::sessions::Data;
use super::wire::{Pending, require};
use super::world::{Model, World};

/// The times of a session after a write.
pub enum Times {
    New,
    /// New ones, but an end that a session without a lifetime had stays.
    Moved,
    Kept,
}

/// Returns the session that a write makes, or the reason why the write fails.
fn draft(kind: Kind, what: &What, old: Option<&Session>) -> Result<(Data, Times), ErrorKind> {
    let updated = if kind.facts().update_keeps_times { Times::Kept } else { Times::Moved };
    let old = old.map(|old| old.data.clone());
    match what {
        What::Update(sketch, with) => {
            let patch = sketch.patch(kind, *with);
            let (who, count, note) = match old {
                Some(old) => (Some(old.who), Some(old.count), Some(old.note)),
                None => (None, None, None),
            };
            let missing = ErrorKind::MissingField;
            let who = patch.who.or(who).ok_or(missing)?;
            let count = patch.count.or(count).ok_or(missing)?;
            Ok((Data { who, count, note: patch.note.or(note).flatten() }, updated))
        }
        What::UpdateWith(change) => {
            let mut data = old.ok_or(ErrorKind::NoSession)?;
            change.apply(kind, &mut data);
            Ok((data, updated))
        }
        What::UpdateOrDefault(change) => {
            let mut data = old.unwrap_or(Data { who: String::new(), count: 0, note: None });
            change.apply(kind, &mut data);
            Ok((data, updated))
        }
        What::Replace(sketch) => Ok((sketch.data(kind), Times::New)),
        What::Rotate => Ok((old.ok_or(ErrorKind::NoSession)?, Times::Moved)),
        other => unreachable!("{other:?} writes nothing"),
    }
}

impl World {
    /// A write up to its `on_update` hook.
    pub fn begin(
        &mut self,
        kind: Kind,
        what: &What,
        scope: &Scope,
    ) -> Expect<Result<(u64, Found), ErrorKind>> {
        if let Err(error) = self.cell(kind).admits(scope) {
            return Ok(Err(error));
        }
        let old = self.live(kind, scope).map(|(old, _)| old);
        if !matches!(what, What::Replace(_)) && self.is_ahead_of(kind, scope) {
            self.count("update of what is not final");
            return Ok(Err(ErrorKind::Conflict));
        }
        let (data, times) = match draft(kind, what, old.as_deref()) {
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
        if matches!(what, What::UpdateOrDefault(_)) && old.is_none() {
            self.count("update that begins a session");
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
        let found = (Rc::clone(&session), Source::New);
        let pending = Pending::Set { session, at: self.now };
        let made = Snapshot { status: Status::Valid, current: Some(found.clone()), pending };
        let number = self.next();
        self.cell(kind).put(number, scope, made, !kind.has(Hook::Update));
        Ok(Ok((number, found)))
    }

    pub fn take_back(&mut self, kind: Kind, number: u64) {
        if self.cell(kind).take_back(number) {
            self.count("write taken back");
        }
    }
}

/// A write whose hook has not returned: dropped before that, it is taken back.
struct Unconfirmed<'a> {
    model: &'a Model,
    kind: Kind,
    number: u64,
    is_confirmed: bool,
}

impl Unconfirmed<'_> {
    fn confirm(mut self) {
        self.is_confirmed = true;
    }
}

impl Drop for Unconfirmed<'_> {
    fn drop(&mut self) {
        if !self.is_confirmed {
            self.model.world().take_back(self.kind, self.number);
        }
    }
}

impl Model {
    pub async fn write(
        &self,
        kind: Kind,
        what: &What,
        scope: &Scope,
        told: bool,
    ) -> Expect<Result<Option<Found>, ErrorKind>> {
        let admitted = self.world().cell(kind).admits(scope);
        let written = match admitted {
            Err(error) => Err(error),
            Ok(()) => {
                if let Err(failure) = self.ensure(kind, scope, told).await? {
                    return Ok(Err(failure.kind()));
                }
                self.try_write(kind, what, scope, told).await?
            }
        };
        match written {
            Ok(found) => Ok(Ok(Some(found))),
            Err(error) => {
                self.fails(kind, error, scope, told).await?;
                Ok(Err(error))
            }
        }
    }

    async fn try_write(
        &self,
        kind: Kind,
        what: &What,
        scope: &Scope,
        told: bool,
    ) -> Expect<Result<Found, ErrorKind>> {
        let old = self.world().live(kind, scope);
        let begun = self.world().begin(kind, what, scope)?;
        let (number, new) = match begun {
            Ok(begun) => begun,
            Err(error) => return Ok(Err(error)),
        };
        if !kind.has(Hook::Update) {
            return Ok(Ok(new));
        }
        let unconfirmed = Unconfirmed { model: self, kind, number, is_confirmed: false };
        let inside = scope.iter().copied().chain([hook_of(number)]).collect();
        let ran = self.hook(kind, Hook::Update, inside, Some(new.clone()), old, told).await?;
        if let Some(failure) = ran.failure {
            return Ok(Err(failure.kind()));
        }
        let confirmed = self.world().cell(kind).confirm(number);
        match confirmed {
            Ok(()) => unconfirmed.confirm(),
            Err(_) => drop(unconfirmed),
        }
        Ok(confirmed.map(|()| new))
    }

    /// Tells `on_error` of a failed write, unless it is its own.
    async fn fails(&self, kind: Kind, error: ErrorKind, scope: &Scope, told: bool) -> Expect<()> {
        match error {
            ErrorKind::Refused => self.count("write refused by a verdict"),
            ErrorKind::ResponseSent if self.world().is_dropped => self.count("write after a dropped request"),
            ErrorKind::ResponseSent => self.count("write after the response"),
            _ => {}
        }
        if !told {
            self.hook(kind, Hook::Error, scope.clone(), None, None, true).await?;
        }
        Ok(())
    }

    /// Reads the session and ends it.
    pub async fn clear(
        &self,
        kind: Kind,
        scope: &Scope,
        told: bool,
    ) -> Expect<Result<Option<Found>, ErrorKind>> {
        if let Err(failure) = self.ensure(kind, scope, told).await? {
            return Ok(Err(failure.kind()));
        }
        self.end(kind, scope, Vec::new(), told).await
    }

    /// Ends the session, and tells what it was; `known`: what it may be where it was not read.
    pub async fn end(
        &self,
        kind: Kind,
        scope: &Scope,
        known: Vec<Found>,
        told: bool,
    ) -> Expect<Result<Option<Found>, ErrorKind>> {
        let (old, ended) = {
            let world = &mut *self.world();
            let old = world.live(kind, scope).or_else(|| known.first().cloned());
            let number = world.next();
            (old, world.cell(kind).clear(number, scope))
        };
        if let Err(error) = ended {
            self.fails(kind, error, scope, told).await?;
            return Ok(Err(error));
        }
        self.count("clear");
        let others = known
            .into_iter()
            .filter(|(other, _)| old.as_ref().is_none_or(|(old, _)| !Rc::ptr_eq(old, other)));
        let mut all: Vec<_> = old.iter().cloned().chain(others).map(Some).collect();
        if all.is_empty() {
            all.push(None);
        }
        let mut result = Ok(old);
        for ended in all {
            let ran = self.hook(kind, Hook::Clear, scope.clone(), None, ended, told).await?;
            if let Some(failure) = ran.failure {
                self.count("clear whose hook fails");
                self.fails(kind, failure.kind(), scope, told).await?;
                result = result.and(Err(failure.kind()));
            }
        }
        Ok(result)
    }
}
