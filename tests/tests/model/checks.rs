//! Comparison of the service's records with the model's expectations.

use unjwt::{ErrorKind, Status};

use super::cell::{Found, Scope};
use super::kinds::{Hook, Kind};
use super::reading::Expect;
use super::record::{After, Record, Seen, Written};
use super::script::Failure;
use super::wire::require;
use super::world::Model;

impl Model {
    pub fn next_record(&self) -> Expect<Record> {
        self.world().record()
    }

    pub fn check_failed(&self, kind: Kind, failure: Failure, routed: bool) -> Expect<()> {
        self.count("extraction answered by a failed hook");
        let expected = routed.then(|| failure.status());
        match self.next_record()? {
            Record::Failed { kind: of, error, status }
                if of == kind && error == failure.kind() && status == expected =>
            {
                Ok(())
            }
            other => Err(format!("a hook failed with {failure:?} while reading, and yet {other:?}")),
        }
    }

    pub fn check_hook(
        &self,
        kind: Kind,
        hook: Hook,
        seen: Option<&Found>,
        old: Option<&Found>,
    ) -> Expect<()> {
        match self.next_record()? {
            Record::Hook { kind: of, hook: ran, seen: shown, old: old_shown }
                if (of, ran) == (kind, hook) =>
            {
                self.check_seen(seen, shown.as_ref())?;
                self.check_seen(old, old_shown.as_ref())
            }
            other => Err(format!("{hook:?} of {kind:?} should run, and not {other:?}")),
        }
    }

    pub fn check_result(&self, expected: &Result<Option<Found>, ErrorKind>, seen: &Written) -> Expect<()> {
        match (expected, seen) {
            (Ok(Some((session, source))), Ok(Some(seen))) => {
                self.world().ledger.check(session, *source, seen)
            }
            (Ok(None), Ok(None)) => Ok(()),
            (Err(expected), Err(kind)) => {
                require(expected == kind, || format!("{kind:?} and not {expected:?}"))
            }
            _ => Err(format!("{seen:?} and not {expected:?}")),
        }
    }

    pub fn check_after(&self, kind: Kind, scope: &Scope, after: &After) -> Expect<()> {
        let (live, shown) = {
            let world = &mut *self.world();
            (world.live(kind, scope), world.seen_by(kind, scope))
        };
        let status = match live {
            None if shown.current.is_some() => Status::Expired,
            _ => shown.status,
        };
        require(after.status == status, || format!("then {:?} and not {status:?}", after.status))?;
        self.check_seen(live.as_ref(), after.current.as_ref())
    }

    pub fn check_seen(&self, expected: Option<&Found>, seen: Option<&Seen>) -> Expect<()> {
        self.check_result(&Ok(expected.cloned()), &Ok(seen.cloned()))
    }
}
