//! The hooks of the sessions under test: each does what its plan says.

use std::sync::Arc;

use unjwt::hooks::{Clear, Expire, Failure as Failed, HookError, HookResult, Read, Renew, Update};
use unjwt::{Current, SessionManager};

use super::kinds::Hook;
use super::overload::overload;
use super::perform::{CONCURRENT, Running, perform_and_note};
use super::record::{After, Record, Seen};
use super::script::{End, Failure, HOOK_FAILED, Op, Verdict, What};
use super::sessions::{App, Modelled, of_kind};
use super::tasks::is_slow;

impl From<Failure> for HookError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Own => Self::new("as the script says").with_status(HOOK_FAILED),
            Failure::Outage => Self::unavailable("as the script says"),
            Failure::Overload => overload().into(),
        }
    }
}

/// An operation of a hook on its own session or on another.
async fn act<T: Modelled>(running: &Arc<Running>, manager: &SessionManager<T>, what: &What) {
    let What::Spawn(what, now) = what else { return perform_and_note(running, manager, what).await };
    let (state, manager, what) = (Arc::clone(running), manager.clone(), (**what).clone());
    let task = async move { perform_and_note(&state, &manager, &what).await };
    if *now { running.tasks.start(task).await } else { running.tasks.keep(task) }
}

macro_rules! hook {
    ($name:ident, $event:ident, $hook:ident, |$it:ident| ($seen:expr, $old:expr), |$said:pat_param| $judge:expr) => {
        pub async fn $name<T: Modelled<State = Arc<App>>>($it: $event<'_, T>) -> HookResult {
            let running = $it.state().running();
            running.tasks.breathe().await;
            if let Ok(fails) = CONCURRENT.try_with(|fails| *fails) {
                return if fails { Err(Failure::Own.into()) } else { Ok(()) };
            }
            let plan = running.plan(T::KIND, Hook::$hook);
            let (seen, old): (Option<&Current<T>>, Option<&Current<T>>) = ($seen, $old);
            running.note(Record::Hook {
                kind: T::KIND,
                hook: Hook::$hook,
                seen: seen.map(Seen::of),
                old: old.map(Seen::of),
            });
            for Op { kind, what } in &plan.ops {
                match what {
                    What::Pause => running.tasks.pause().await,
                    What::Resume(pick, then) => running.tasks.resume(*pick, *then).await,
                    What::Judge($said) => {
                        if $judge {
                            let after = After::of($it.session());
                            running.note(Record::Judged { kind: T::KIND, after });
                        }
                    }
                    _ if *kind == T::KIND => act(&running, $it.session(), what).await,
                    _ => of_kind!(*kind, U => {
                        let other = running.tasks.slowly(is_slow(*kind), $it.other::<U>()).await;
                        match other {
                            Ok(manager) => act(&running, &manager, what).await,
                            Err(error) => {
                                let (kind, error) = (*kind, error.kind());
                                running.note(Record::Failed { kind, error, status: None });
                            }
                        }
                    }),
                }
            }
            match plan.end {
                End::Fine => Ok(()),
                End::Fails(failure) => Err(failure.into()),
                End::Hangs => {
                    running.tasks.hang().await;
                    Ok(())
                }
            }
        }
    };
}

hook!(on_read, Read, Read, |event| (Some(event.current()), None), |verdict| {
    match verdict {
        Verdict::Expire => event.expire(),
        Verdict::Refuse => event.refuse(),
        Verdict::Forget => event.refuse_and_forget(),
    }
    true
});
hook!(on_update, Update, Update, |event| (Some(event.current()), event.old()), |_| false);
hook!(on_clear, Clear, Clear, |event| (None, event.old()), |_| false);
hook!(on_expire, Expire, Expire, |event| (Some(event.expired()), None), |_| false);
hook!(on_error, Failed, Error, |event| (None, None), |_| false);
hook!(renew, Renew, Renew, |event| (event.expired(), None), |_| false);
