//! Everybody at once, as long as something happens to the machines.

use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::person::{Person, Request};
use crate::program::Program;

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Traffic {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// The number of requests of each person that were answered.
    answered: Vec<usize>,
    ends: bool,
}

impl Traffic {
    /// Lets everybody send one request after the other until the event is over. Nobody knows which machine answers; each
    /// answer must be that of one of these programs, and the session is what that one leaves.
    pub fn run(people: &mut [Person], programs: &[Program], event: impl FnOnce(&Self)) -> Result<()> {
        let state = State { answered: vec![0; people.len()], ends: false };
        let traffic = Self { state: Mutex::new(state), changed: Condvar::new() };
        thread::scope(|scope| {
            let everybody: Vec<_> = people
                .iter_mut()
                .enumerate()
                .map(|(index, person)| {
                    let traffic = &traffic;
                    scope.spawn(move || traffic.send_requests(index, person, programs))
                })
                .collect();
            event(&traffic);
            traffic.state.lock().unwrap().ends = true;
            everybody.into_iter().try_for_each(|person| person.join().expect("a request panics"))
        })
    }

    /// Waits until everybody has got at least so many answers more.
    pub fn wait_for_requests(&self, requests: usize) {
        let state = self.state.lock().unwrap();
        let goals: Vec<_> = state.answered.iter().map(|answered| answered + requests).collect();
        let is_short =
            |state: &mut State| state.answered.iter().zip(&goals).any(|(answered, goal)| answered < goal);
        let (_state, waited) = self.changed.wait_timeout_while(state, PATIENCE, is_short).unwrap();
        assert!(!waited.timed_out(), "somebody gets no answers");
    }

    /// Returns the first answer that was wrong. The requests go on until the end nonetheless, since the event waits for them.
    fn send_requests(&self, index: usize, person: &mut Person, programs: &[Program]) -> Result<()> {
        let mut result = Ok(());
        for request in person.requests().iter().cycle() {
            if self.state.lock().unwrap().ends {
                break;
            }
            let answered = send(person, *request, programs);
            result = result.and(answered);
            self.state.lock().unwrap().answered[index] += 1;
            self.changed.notify_all();
        }
        result
    }
}

fn send(person: &mut Person, request: Request, programs: &[Program]) -> Result<()> {
    let seen = person.send(request).context("no request is lost")?;
    let mut possible = programs.iter().map(|program| person.expected(*program, request));
    let after = possible.find_map(|(expected, after)| (expected == seen).then_some(after));
    person.token = after.with_context(|| {
        format!("{request:?} of the {} with {:?} at one of {programs:?}: {seen:?}", person.name, person.token)
    })?;
    Ok(())
}
