//! A request under way: its script, and the record of what the library showed to handlers and hooks.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use http::StatusCode;
use unjwt::{
    Clear, Current, ErrorKind, Expire, Failure, HookError, HookResult, Read, Renew, SessionManager, Source,
    Status, Update,
};

use super::kinds::{Hook, Kind};
use super::script::{End, Op, Plan, Script, What};
use super::sessions::{App, Data, Modelled, of_kind};

/// The status of a hook that fails, so that none of its failures looks like one of the library's own.
pub const HOOK_FAILED: StatusCode = StatusCode::CONFLICT;

/// A session as the library showed it.
#[derive(Clone)]
pub struct Seen {
    pub id: String,
    pub token: String,
    pub iat: u64,
    pub exp: Option<u64>,
    pub data: Data,
    pub source: Source,
}

impl Seen {
    fn of<T: Modelled>(current: &Current<T>) -> Self {
        Self {
            id: current.id.to_string(),
            token: current.token.as_str().to_owned(),
            iat: current.created_at.as_secs(),
            exp: current.exp().map(|exp| exp.as_secs()),
            data: current.data.data(),
            source: current.source,
        }
    }
}

/// With the end of the token, which tells one from another well enough.
impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = &self.token[self.token.len().saturating_sub(6)..];
        let Self { iat, exp, data, source, .. } = self;
        write!(f, "(..{token} {iat} to {exp:?} {data:?} {source:?})")
    }
}

/// What the session is after an operation.
#[derive(Clone, Debug)]
pub struct After {
    pub status: Status,
    pub current: Option<Seen>,
}

impl After {
    fn of<T: Modelled>(manager: &SessionManager<T>) -> Self {
        Self { status: manager.status(), current: manager.current().as_ref().map(Seen::of) }
    }
}

pub type Written = Result<Option<Seen>, ErrorKind>;

#[derive(Clone, Debug)]
pub enum Record {
    Hook {
        kind: Kind,
        hook: Hook,
        seen: Option<Seen>,
        old: Option<Seen>,
    },
    /// An extraction that a failed hook answered, with the status where the router gave one.
    Failed {
        kind: Kind,
        status: Option<StatusCode>,
    },
    Done {
        kind: Kind,
        result: Written,
        after: After,
    },
    Extracted {
        kind: Kind,
        required: Result<Data, StatusCode>,
        optional: Result<Option<Data>, StatusCode>,
    },
    Together {
        kind: Kind,
        results: [Written; 2],
        after: After,
    },
}

/// One request's script and record.
pub struct Running {
    pub script: Script,
    plans: Mutex<HashMap<(Kind, Hook), Vec<Plan>>>,
    pub records: Mutex<Vec<Record>>,
}

impl Running {
    pub fn new(script: Script) -> Self {
        let plans = Mutex::new(plans(&script));
        Self { script, plans, records: Mutex::default() }
    }

    pub fn note(&self, record: Record) {
        self.records.lock().unwrap().push(record);
    }

    fn plan(&self, kind: Kind, hook: Hook) -> Plan {
        self.plans.lock().unwrap().get_mut(&(kind, hook)).and_then(Vec::pop).unwrap_or_default()
    }
}

/// The plans of each hook, the last to run first.
pub fn plans(script: &Script) -> HashMap<(Kind, Hook), Vec<Plan>> {
    let mut plans = HashMap::<_, Vec<_>>::new();
    for (kind, hook, plan) in script.plans.iter().rev() {
        plans.entry((*kind, *hook)).or_default().push(plan.clone());
    }
    plans
}

impl App {
    pub fn running(&self) -> Arc<Running> {
        Arc::clone(self.running.lock().unwrap().as_ref().unwrap())
    }
}

tokio::task_local! {
    /// Set where two writes run at the same time: whether this one's `on_update` fails.
    pub static CONCURRENT: bool;
}

/// One write or look.
pub async fn perform<T: Modelled>(manager: &SessionManager<T>, what: &What) -> Written {
    let one = |current: Current<T>| Some(Seen::of(&current));
    let result = match what {
        What::Update(sketch, with) => manager.update(T::patch(sketch.patch(T::KIND, *with))).await.map(one),
        What::UpdateWith(change) => {
            let changed = |data: &mut T| {
                let mut plain = data.data();
                change.apply(T::KIND, &mut plain);
                *data = T::new(plain);
            };
            manager.update_with(changed).await.map(one)
        }
        What::Replace(sketch) => manager.replace(T::new(sketch.data(T::KIND))).await.map(one),
        What::Rotate => manager.rotate().await.map(one),
        What::Clear => manager.clear().await.map(|()| None),
        What::Read | What::Extract | What::Abandon | What::Tick(_) | What::Together(_) => {
            Ok(manager.current().map(|current| Seen::of(&current)))
        }
    };
    result.map_err(|error| error.kind())
}

pub async fn perform_and_note<T: Modelled>(running: &Running, manager: &SessionManager<T>, what: &What) {
    let result = perform(manager, what).await;
    running.note(Record::Done { kind: T::KIND, result, after: After::of(manager) });
}

/// Two writes at the same time, on tasks of their own.
pub async fn perform_together<T: Modelled>(
    running: &Running,
    managers: [SessionManager<T>; 2],
    writes: &[(super::script::Change, bool); 2],
) {
    let manager = managers[0].clone();
    let mut tasks = Vec::new();
    for (manager, (change, fails)) in managers.into_iter().zip(writes) {
        let what = What::UpdateWith(change.clone());
        let write = async move { perform(&manager, &what).await };
        tasks.push(tokio::spawn(CONCURRENT.scope(*fails, write)));
    }
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    let results = results.try_into().unwrap();
    running.note(Record::Together { kind: T::KIND, results, after: After::of(&manager) });
}

fn failed() -> HookError {
    HookError::new("as the script says").with_status(HOOK_FAILED)
}

macro_rules! hook {
    ($name:ident, $event:ident, $hook:ident, |$it:ident| ($seen:expr, $old:expr), $refuse:block) => {
        pub async fn $name<T: Modelled<State = Arc<App>>>($it: $event<'_, T>) -> HookResult {
            tokio::task::yield_now().await;
            if let Ok(fails) = CONCURRENT.try_with(|fails| *fails) {
                return if fails { Err(failed()) } else { Ok(()) };
            }
            let running = $it.state().running();
            let plan = running.plan(T::KIND, Hook::$hook);
            let (seen, old): (Option<&Current<T>>, Option<&Current<T>>) = ($seen, $old);
            running.note(Record::Hook {
                kind: T::KIND,
                hook: Hook::$hook,
                seen: seen.map(Seen::of),
                old: old.map(Seen::of),
            });
            for Op { kind, what } in &plan.ops {
                if *kind == T::KIND {
                    perform_and_note(&running, $it.session(), what).await;
                    continue;
                }
                of_kind!(*kind, U => match $it.other::<U>().await {
                    Ok(manager) => perform_and_note(&running, &manager, what).await,
                    Err(_) => running.note(Record::Failed { kind: *kind, status: None }),
                });
            }
            match plan.end {
                End::Fine => Ok(()),
                End::Fails => Err(failed()),
                End::Refuses => {
                    $refuse
                    Ok(())
                }
            }
        }
    };
}

hook!(on_read, Read, Read, |event| (Some(event.current()), None), {
    event.refuse();
});
hook!(on_update, Update, Update, |event| (Some(event.current()), event.old()), {});
hook!(on_clear, Clear, Clear, |event| (None, event.old()), {});
hook!(on_expire, Expire, Expire, |event| (Some(event.expired()), None), {});
hook!(on_error, Failure, Error, |event| (None, None), {});
hook!(renew, Renew, Renew, |event| (event.expired(), None), {});
