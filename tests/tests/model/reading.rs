//! The model's expectations of a reading and its hooks.

use std::future::Future;
use std::pin::Pin;

use super::candidates::Outcome;
use super::cell::{Node, Phase, Scope, Snapshot, innermost, is_handler};
use super::kinds::{Hook, Kind};
use super::script::{Failure, Verdict};
use super::world::Model;

/// The result of the model, or the deviation of the library from it.
pub type Expect<T> = Result<T, String>;
pub type Expecting<'a, T> = Pin<Box<dyn Future<Output = Expect<T>> + 'a>>;

enum Ask {
    Read,
    Wait(Vec<Node>),
    GoOn,
}

/// A reading under way: dropped before its end, it has failed.
struct Reading<'a> {
    model: &'a Model,
    kind: Kind,
    node: Node,
    found: Option<Snapshot>,
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        let world = &mut *self.model.world();
        world.readings.retain(|(_, node)| *node != self.node);
        let (missed, rest): (Vec<_>, Vec<_>) =
            world.missed.drain(..).partition(|(blind, _)| *blind == self.node);
        world.missed = rest;
        let cell = world.cell(self.kind);
        match self.found.take() {
            Some(found) if !missed.is_empty() && found.current.is_none() && cell.is_unwritten() => {
                cell.blind += 1;
                cell.fail(self.node, Phase::Blind);
                world.left_unread.insert(self.kind, missed.into_iter().map(|(_, missed)| missed).collect());
                world.count("reading in a circle left unread");
            }
            Some(found) => cell.end(found),
            None => {
                if cell.fail(self.node, Phase::Unread) {
                    world.count("writes of a failed reading undone");
                }
                // Nobody has approved of what it wrote of other sessions either.
                let undone: usize =
                    world.cells.values_mut().map(|cell| usize::from(cell.give_up(self.node))).sum();
                if undone > 0 {
                    world.count("writes of a failed reading undone in another session");
                }
                if world.cell(self.kind).is_cleared() {
                    world.count("clear that outlives its reading");
                }
            }
        }
    }
}

impl Model {
    fn ask(&self, kind: Kind, scope: &Scope, waited: Option<u32>) -> Ask {
        let world = &mut *self.world();
        let phase = world.cell(kind).phase;
        let reading = match phase {
            Phase::Done => return Ask::GoOn,
            Phase::Reading { hook, .. } if hook.is_some() && innermost(scope) == hook => {
                return Ask::GoOn;
            }
            // It waited for a reading that met its own, and found nothing; somebody may be reading anew by
            // now.
            Phase::Blind | Phase::Reading { .. }
                if !is_handler(scope) && waited.is_some_and(|before| before != world.cell(kind).blind) =>
            {
                world.miss_what_was_missed(kind, phase, scope);
                return Ask::GoOn;
            }
            Phase::Blind if is_handler(scope) && world.is_met(kind) => {
                return Ask::Wait(world.left_unread[&kind].clone());
            }
            Phase::Unread | Phase::Blind => return Ask::Read,
            Phase::Reading { reading, .. } => reading,
        };
        if !is_handler(scope) && world.waits_for(reading, scope) {
            world.count("hook that cannot wait");
            world.miss(reading, scope);
            return Ask::GoOn;
        }
        Ask::Wait(vec![reading])
    }

    /// Reads the session unless that is done; `told`: in the session's `on_error`, which does not hear of
    /// what fails in it.
    pub async fn ensure(&self, kind: Kind, scope: &Scope, told: bool) -> Expect<Result<(), Failure>> {
        let mut waited = None;
        loop {
            match self.ask(kind, scope, waited) {
                Ask::GoOn => return Ok(Ok(())),
                Ask::Wait(readings) => {
                    self.count("waits for another's reading");
                    waited = Some(self.world().cell(kind).blind);
                    let _waiting = (!is_handler(scope)).then(|| Waiting::begin(self, scope, readings[0]));
                    self.until(|world| !readings.iter().any(|reading| world.is_under_way(*reading))).await;
                }
                Ask::Read => {
                    let is_blind = self.world().cell(kind).phase == Phase::Blind;
                    if let Err(failure) = self.read(kind, scope, told).await? {
                        return Ok(Err(failure));
                    }
                    if !is_handler(scope) {
                        return Ok(Ok(()));
                    }
                    if is_blind {
                        self.count("handler reads again what met in a circle");
                    }
                }
            }
        }
    }

    async fn read(&self, kind: Kind, scope: &Scope, told: bool) -> Expect<Result<(), Failure>> {
        let node = {
            let world = &mut *self.world();
            let node = world.next();
            world.readings.push((kind, node));
            world.cell(kind).phase = Phase::Reading { reading: node, hook: None };
            node
        };
        let mut reading = Reading { model: self, kind, node, found: None };
        let inside = within(scope, node);
        let (outcome, forgets) = match self.choose(kind, &inside, told).await? {
            Ok(chosen) => chosen,
            Err(failure) => return Ok(Err(failure)),
        };
        if let Some(failure) = self.tell_of(kind, &inside, (&outcome, forgets), told).await? {
            return Ok(Err(failure));
        }
        reading.found = Some(outcome.leaves(kind, forgets));
        Ok(Ok(()))
    }

    /// Asks `on_read` of each session that the request offers, until one is approved; with whether a refused
    /// one's cookie is to be forgotten.
    async fn choose(
        &self,
        kind: Kind,
        inside: &Scope,
        told: bool,
    ) -> Expect<Result<(Outcome, bool), Failure>> {
        let offered = self.world().sent.tokens(kind);
        let (mut best, mut forgets, mut refused) = (Outcome::Absent, false, false);
        for (token, source) in offered {
            let outcome = {
                let world = &mut *self.world();
                if token.as_ref().is_some_and(|token| world.ledger.is_others(kind, token)) {
                    world.count("offered another session's token");
                }
                if token.is_none() {
                    world.count("offered an incomplete set of chunks");
                }
                world.judge(kind, token.as_deref(), source)
            };
            let Outcome::Valid(found) = outcome else {
                best = best.or(outcome);
                continue;
            };
            let hook = self.world().next();
            if kind.has(Hook::Read) {
                self.world().cell(kind).show(hook, Outcome::Valid(found.clone()).leaves(kind, false));
            }
            let ran =
                self.hook(kind, Hook::Read, within(inside, hook), Some(found.clone()), None, told).await?;
            if let Some(failure) = ran.failure {
                return Ok(Err(failure));
            }
            self.world().cell(kind).hide();
            let outcome = match ran.verdict {
                None => {
                    if refused {
                        self.count("approved after a refusal");
                    }
                    return Ok(Ok((Outcome::Valid(found), false)));
                }
                Some(Verdict::Expire) => Outcome::Expired(found),
                Some(Verdict::Refuse | Verdict::Forget) => Outcome::Refused,
            };
            refused = true;
            forgets |= ran.verdict == Some(Verdict::Forget);
            best = best.or(outcome);
            let cell_is_cleared = {
                let world = &mut *self.world();
                world.cell(kind).give_up(hook);
                world.cell(kind).is_cleared()
            };
            if cell_is_cleared {
                // Whatever else the request offers.
                self.count("refused and cleared");
                return Ok(Ok((Outcome::Refused, forgets)));
            }
        }
        Ok(Ok((best, forgets)))
    }

    /// The other hooks, once, about what was chosen.
    async fn tell_of(
        &self,
        kind: Kind,
        inside: &Scope,
        (outcome, forgets): (&Outcome, bool),
        told: bool,
    ) -> Expect<Option<Failure>> {
        self.count(match outcome {
            Outcome::Absent => "read nothing",
            Outcome::Refused => "read a session that a hook refused",
            Outcome::Rejected => "read a refused token",
            Outcome::Expired(_) => "read an expired session",
            Outcome::Valid(_) => "read a valid session",
        });
        let first = match outcome {
            Outcome::Valid(_) | Outcome::Refused => return Ok(None),
            Outcome::Absent => None,
            Outcome::Rejected => Some((Hook::Error, None)),
            Outcome::Expired(found) => Some((Hook::Expire, Some(found.clone()))),
        };
        if forgets {
            self.count("forgotten beside a better token");
        }
        let hook = self.world().next();
        let scope = within(inside, hook);
        self.world().cell(kind).show(hook, outcome.leaves(kind, forgets));
        if let Some((name, seen)) = first {
            let ran = self.hook(kind, name, scope.clone(), seen, None, told).await?;
            if ran.failure.is_some() {
                return Ok(ran.failure);
            }
        }
        if self.world().cell(kind).is_unwritten() {
            let expired = outcome.found().cloned();
            let ran = self.hook(kind, Hook::Renew, scope.clone(), expired, None, told).await?;
            if ran.failure.is_some() {
                return Ok(ran.failure);
            }
            if self.world().live(kind, &scope).is_some() {
                self.count(if matches!(outcome, Outcome::Rejected) {
                    "rejected and renewed"
                } else {
                    "renewed"
                });
            }
        }
        self.world().cell(kind).hide();
        Ok(None)
    }
}

fn within(scope: &Scope, node: Node) -> Scope {
    scope.iter().copied().chain([node]).collect()
}

/// A hook waits for a reading until this is dropped.
struct Waiting<'a> {
    model: &'a Model,
    edge: (Scope, Node),
}

impl<'a> Waiting<'a> {
    fn begin(model: &'a Model, scope: &Scope, reading: Node) -> Self {
        let edge = (scope.clone(), reading);
        model.world().waiting.push(edge.clone());
        Self { model, edge }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let world = &mut *self.model.world();
        if let Some(index) = world.waiting.iter().position(|edge| *edge == self.edge) {
            world.waiting.swap_remove(index);
        }
    }
}
