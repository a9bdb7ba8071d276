//! The model's expectations of a hook, which follows its plan.

use unjwt::Status;

use super::cell::{Found, Scope};
use super::kinds::{Hook, Kind};
use super::reading::{Expect, Expecting};
use super::record::Record;
use super::script::{End, Failure, Verdict, What};
use super::world::Model;

/// The end of a hook, and its verdict.
#[derive(Default)]
pub struct Ran {
    pub failure: Option<Failure>,
    pub verdict: Option<Verdict>,
}

impl Model {
    /// A hook runs, if the kind has it. `told`: in `on_error`, which does not hear of its own failures.
    pub fn hook(
        &self,
        kind: Kind,
        hook: Hook,
        scope: Scope,
        seen: Option<Found>,
        old: Option<Found>,
        told: bool,
    ) -> Expecting<'_, Ran> {
        Box::pin(async move {
            if !kind.has(hook) {
                return Ok(Ran::default());
            }
            let plan = self.world().plans.get_mut(&(kind, hook)).and_then(Vec::pop).unwrap_or_default();
            self.check_hook(kind, hook, seen.as_ref(), old.as_ref())?;
            let mut verdict = None;
            for op in &plan.ops {
                let acted = match &op.what {
                    What::Pause => {
                        self.count("hook that pauses");
                        self.pause().await;
                        Ok(())
                    }
                    What::Resume(pick, then) => self.resume(*pick, *then),
                    What::Judge(said) if hook == Hook::Read => {
                        verdict = verdict.max(Some(*said));
                        self.judged(kind, &scope, verdict)
                    }
                    What::Judge(_) => Ok(()),
                    _ => self.act(kind, op, &scope, told && op.kind == kind).await,
                };
                acted.map_err(|error| {
                    format!("in {hook:?} of {kind:?}, {:?} {:?}: {error}", op.kind, op.what)
                })?;
            }
            let failure = match plan.end {
                End::Fine => None,
                End::Fails(failure) => {
                    self.count(match failure {
                        Failure::Own => "hook that fails",
                        Failure::Outage => "hook in an outage",
                        Failure::Overload => "hook under overload",
                    });
                    Some(failure)
                }
                End::Hangs => {
                    self.hang().await;
                    None
                }
            };
            Ok(Ran { failure, verdict })
        })
    }

    /// A refusal takes effect at once.
    fn judged(&self, kind: Kind, scope: &Scope, verdict: Option<Verdict>) -> Expect<()> {
        let status = match verdict {
            Some(Verdict::Expire) => Status::Expired,
            _ => Status::Rejected,
        };
        self.count(match verdict {
            Some(Verdict::Expire) => "expired by on_read",
            Some(Verdict::Forget) => "refused and forgotten by on_read",
            _ => "refused by on_read",
        });
        let hook = *scope.last().expect("`on_read` has a scope");
        self.world().cell(kind).refuse(hook, status);
        match self.next_record()? {
            Record::Judged { kind: of, after } if of == kind => self.check_after(kind, scope, &after),
            other => Err(format!("{other:?}")),
        }
    }
}
