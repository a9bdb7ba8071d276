//! The model follows the same script as the service did, in the same order, and holds each of the service's
//! records against what it expects.

use http::StatusCode;
use unjwt::{ErrorKind, Source, Status};

use super::cell::{Found, Phase, Scope};
use super::kinds::Kind;
use super::reading::Expect;
use super::record::Record;
use super::script::{Answers, Op, Script, What};
use super::sessions::Data;
use super::tasks::ROUNDS;
use super::wire::require;
use super::world::Model;

const HANDLER: Scope = Vec::new();

impl Model {
    /// Follows the whole script. `routed`: `Logout` and the extractors of structs are there.
    pub fn follow(&self, script: &Script, routed: bool) -> Expect<()> {
        for op in script.before.iter().chain(&script.ops) {
            self.at_top(op, routed)?;
        }
        if script.answer == Answers::IsDropped && routed {
            self.count("request that is dropped");
            self.world().is_dropped = true;
        }
        match self.next_record()? {
            Record::Answered => self.world().close(),
            other => return Err(format!("before the response: {other:?}")),
        }
        for op in &script.after {
            self.at_top(op, routed)?;
        }
        self.drain(ROUNDS)?;
        require(self.world().records.is_empty(), || format!("and more happened: {:?}", self.world().records))
    }

    fn at_top(&self, op: &Op, routed: bool) -> Expect<()> {
        match &op.what {
            What::Tick(seconds) => self.world().now += seconds,
            What::Resume(pick, then) => self.resume(*pick, *then)?,
            _ => {
                let (model, op) = (self.clone(), op.clone());
                self.start(async move {
                    let done = model.handle(&op, routed).await;
                    done.map_err(|error| format!("{:?} {:?}: {error}", op.kind, op.what))
                })?;
            }
        }
        Ok(())
    }

    /// An operation of the handler.
    async fn handle(&self, op: &Op, routed: bool) -> Expect<()> {
        let kind = op.kind;
        match &op.what {
            What::Abandon => self.abandon(kind).await,
            What::Extract if routed => self.extract(kind).await,
            What::LogOut if routed => self.log_out(kind).await,
            What::Together(writes) => self.together(kind, writes, routed).await,
            _ => match self.ensure(kind, &HANDLER, false).await? {
                Ok(()) => self.perform_and_check(kind, &op.what, &HANDLER, false).await,
                Err(failure) => self.check_failed(kind, failure, routed),
            },
        }
    }

    /// An operation of a hook; `told` in `on_error`, about its own session.
    pub async fn act(&self, own: Kind, op: &Op, scope: &Scope, told: bool) -> Expect<()> {
        if op.kind != own
            && let Err(failure) = self.ensure(op.kind, scope, false).await?
        {
            return self.check_failed(op.kind, failure, false);
        }
        let What::Spawn(what, now) = &op.what else {
            return self.perform_and_check(op.kind, &op.what, scope, told).await;
        };
        self.count("task of a hook");
        let (model, kind, what, scope) = (self.clone(), op.kind, (**what).clone(), scope.clone());
        let task = async move { model.perform_and_check(kind, &what, &scope, told).await };
        if *now {
            return self.start(task);
        }
        self.keep(task);
        Ok(())
    }

    async fn perform_and_check(&self, kind: Kind, what: &What, scope: &Scope, told: bool) -> Expect<()> {
        let result = self.perform(kind, what, scope, told).await?;
        match self.next_record()? {
            Record::Done { kind: of, result: seen, after } if of == kind => {
                self.check_result(&result, &seen)?;
                self.check_after(kind, scope, &after)
            }
            other => Err(format!("{other:?}")),
        }
    }

    async fn perform(
        &self,
        kind: Kind,
        what: &What,
        scope: &Scope,
        told: bool,
    ) -> Expect<Result<Option<Found>, ErrorKind>> {
        match what {
            What::Update(..)
            | What::UpdateWith(_)
            | What::UpdateOrDefault(_)
            | What::Replace(_)
            | What::Rotate => self.write(kind, what, scope, told).await,
            What::Clear | What::LogOut => Ok(self.clear(kind, scope, told).await?.map(|_| None)),
            What::Take => {
                if let Err(failure) = self.ensure(kind, scope, told).await? {
                    return Ok(Err(failure.kind()));
                }
                if self.world().live(kind, scope).is_none() {
                    return Ok(Ok(None));
                }
                self.count("session taken");
                self.clear(kind, scope, told).await
            }
            _ => Ok(Ok(self.world().live(kind, scope))),
        }
    }

    /// A reading that waits for a hook is dropped there, and nothing has happened.
    async fn abandon(&self, kind: Kind) -> Expect<()> {
        let is_read_at_once = kind != Kind::Vault && {
            let world = &mut *self.world();
            let phase = world.cell(kind).phase;
            match phase {
                Phase::Done | Phase::Reading { .. } => false,
                Phase::Blind if world.is_met(kind) => false,
                Phase::Unread | Phase::Blind => {
                    world.cell(kind).phase = Phase::Unread;
                    !world.would_run_a_hook(kind)
                }
            }
        };
        if is_read_at_once {
            let _ = self.ensure(kind, &HANDLER, false).await?;
        }
        Ok(())
    }

    async fn extract(&self, kind: Kind) -> Expect<()> {
        let mut data: [Result<Option<Data>, StatusCode>; 2] = [Ok(None), Ok(None)];
        for data in &mut data {
            *data = match self.ensure(kind, &HANDLER, false).await? {
                Ok(()) => Ok(self.world().live(kind, &HANDLER).map(|(session, _)| session.data.clone())),
                Err(failure) => Err(failure.status()),
            };
        }
        let [expected, optionally] = data;
        match self.next_record()? {
            Record::Extracted { kind: of, required, optional } if of == kind => {
                let expected = expected.and_then(|data| data.ok_or(StatusCode::UNAUTHORIZED));
                require(required == expected && optional == optionally, || {
                    format!("{required:?} and {optional:?}, and not {expected:?} and {optionally:?}")
                })
            }
            other => Err(format!("{other:?}")),
        }
    }

    /// A logout runs no hook of a reading, and waits for none.
    async fn log_out(&self, kind: Kind) -> Expect<()> {
        let (known, before) = {
            let world = &mut *self.world();
            match world.cell(kind).phase {
                Phase::Reading { .. } => world.count("logout during a reading"),
                Phase::Unread | Phase::Blind => world.count("logout without a reading"),
                Phase::Done => world.count("logout after a reading"),
            }
            let seen = world.seen_by(kind, &HANDLER);
            let live = seen.current.filter(|(session, _)| !world.is_expired(session));
            let is_written =
                seen.status == Status::Cleared || live.is_some_and(|(_, source)| source == Source::New);
            let known = if is_written { Vec::new() } else { world.unasked(kind) };
            // An expired one is for `on_clear` alone.
            let valid = known.iter().find(|(session, _)| !world.is_expired(session)).cloned();
            let valid = valid.filter(|_| seen.status == Status::Absent);
            if known.len() > 1 {
                world.count("logout of several logins");
            }
            (known.clone(), world.live(kind, &HANDLER).or(valid))
        };
        let result = self.end(kind, &HANDLER, known.clone(), false).await?.map(drop);
        let left = {
            let world = &mut *self.world();
            match world.seen_by(kind, &HANDLER).status {
                Status::Absent => known.into_iter().find(|(session, _)| !world.is_expired(session)),
                _ => world.live(kind, &HANDLER),
            }
        };
        match self.next_record()? {
            Record::LoggedOut { kind: of, before: shown, result: seen, after } if of == kind => {
                self.check_seen(before.as_ref(), shown.as_ref())?;
                require(result == seen, || format!("{seen:?} and not {result:?}"))?;
                self.check_seen(left.as_ref(), after.as_ref())
            }
            other => Err(format!("{other:?}")),
        }
    }
}
