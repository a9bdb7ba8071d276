//! One operation on the library's session, as the script names it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use unjwt::{Current, SessionManager};

use super::kinds::{Hook, Kind};
use super::record::{After, Record, Seen, Written};
use super::script::{Change, Plan, Script, What};
use super::sessions::{App, Modelled};
use super::tasks::{Tasks, is_slow};

/// One request's script, its tasks, and its record.
pub struct Running {
    pub script: Script,
    pub tasks: Tasks,
    plans: Mutex<HashMap<(Kind, Hook), Vec<Plan>>>,
    pub records: Mutex<Vec<Record>>,
}

impl Running {
    pub fn new(script: Script) -> Self {
        let plans = Mutex::new(plans(&script));
        Self { script, tasks: Tasks::default(), plans, records: Mutex::default() }
    }

    pub fn note(&self, record: Record) {
        self.records.lock().unwrap().push(record);
    }

    pub fn plan(&self, kind: Kind, hook: Hook) -> Plan {
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

fn changing<T: Modelled>(change: &Change) -> impl FnOnce(&mut T) + Send {
    move |data| {
        let mut plain = data.data();
        change.apply(T::KIND, &mut plain);
        *data = T::new(plain);
    }
}

/// One write or look.
pub async fn perform<T: Modelled>(manager: &SessionManager<T>, what: &What) -> Written {
    let one = |current: Current<T>| Some(Seen::of(&current));
    let result = match what {
        What::Update(sketch, with) => manager.update(T::patch(sketch.patch(T::KIND, *with))).await.map(one),
        What::UpdateWith(change) => manager.update_with(changing(change)).await.map(one),
        What::UpdateOrDefault(change) => manager.update_or_default(changing(change)).await.map(one),
        What::Replace(sketch) => manager.replace(T::new(sketch.data(T::KIND))).await.map(one),
        What::Rotate => manager.rotate().await.map(one),
        What::Clear | What::LogOut => manager.clear().await.map(|()| None),
        What::Take => manager.take().await.map(|taken| taken.as_ref().map(Seen::of)),
        _ => Ok(manager.current().map(|current| Seen::of(&current))),
    };
    result.map_err(|error| error.kind())
}

pub async fn perform_and_note<T: Modelled>(running: &Running, manager: &SessionManager<T>, what: &What) {
    let result = running.tasks.slowly(is_slow(T::KIND), perform(manager, what)).await;
    running.note(Record::Done { kind: T::KIND, result, after: After::of(manager) });
}

/// Two writes at the same time, on tasks of the runtime.
pub async fn perform_together<T: Modelled>(
    running: &Running,
    managers: [SessionManager<T>; 2],
    writes: &[(Change, bool); 2],
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
        results.push(running.tasks.slowly(true, task).await.unwrap());
    }
    let results = results.try_into().unwrap();
    running.note(Record::Together { kind: T::KIND, results, after: After::of(&manager) });
}
