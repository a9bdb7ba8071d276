//! The world of one schedule: a login, its browser, perhaps a thief, the machines, and the store.

mod client;
mod server;
mod watch;

pub use watch::{Outcome, Seen};

use unjwt::__private::rotation::longest_jitter;

use crate::plan::{Plan, START, Shape};
use crate::prng::Prng;
use crate::queue::{Millis, Queue};
use crate::rules::{Rule, Token};
use crate::store::{End, State, Store};

/// Whose cookies a request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Owner,
    Thief,
}

/// The code around the decision, sound or with one mistake: what shows that the simulation would notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    Sound,
    /// Writes without comparing.
    WritesBlindly,
    /// Takes a store that does not answer for one that knows no such login.
    TakesOutageForAnEnd,
    /// Reports any token of an ended login as reuse.
    ReportsEndedAsReuse,
    /// Answers a lost race with the removal of the cookie.
    ClearsForLosers,
    /// Does not remember which logins have ended.
    ForgetsEnds,
}

/// The cookies of a browser, or of a thief.
#[derive(Clone, Copy, Debug)]
struct Jar {
    token: Option<Token>,
    /// When the access token expires.
    due: Millis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    /// The response can carry a token.
    Usual,
    ReadOnly,
    Logout,
}

#[derive(Clone, Copy, Debug)]
struct Request {
    number: u64,
    who: Who,
    route: Route,
    token: Token,
    due: Millis,
    machine: usize,
    /// The number of times that it is sent again if no answer comes.
    retries: u32,
    /// The number of times that its swap may still be lost.
    tries: u32,
    /// The client gets the response; that of a duplicate goes nowhere.
    is_heard: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Served,
    Unavailable,
    Reused,
    Ended,
}

#[derive(Clone, Copy, Debug)]
struct Response {
    status: Status,
    token: Option<Token>,
    due: Option<Millis>,
}

/// A write that is under way to the store.
#[derive(Clone, Debug)]
struct Attempt<R> {
    request: Request,
    was: Option<u64>,
    state: State<R>,
    status: Status,
    token: Option<Token>,
}

enum Event<R> {
    Send {
        who: Who,
        route: Route,
        retries: u32,
    },
    Poll,
    Arrive(Request),
    Commit(Attempt<R>),
    Deliver {
        request: Request,
        response: Response,
    },
    FailOver {
        loses: Millis,
    },
    /// The cookies of before a logout come back.
    Restore(Jar),
    Steal,
    Use,
}

#[derive(Clone, Copy, Debug, Default)]
struct Machine {
    /// The lead of its clock over the slowest one that is possible.
    offset: Millis,
    /// The end that it remembers.
    remembers: Option<End>,
    /// It has told a client that the login has ended.
    has_told: bool,
}

/// One schedule under a rule.
pub struct World<'a, R: Rule> {
    plan: &'a Plan,
    rule: &'a R,
    shell: Shell,
    prng: Prng,
    now: Millis,
    queue: Queue<Event<R::Record>>,
    store: Store<R::Record>,
    machines: Vec<Machine>,
    owner: Jar,
    thief: Jar,
    /// The token for which the thief got the present one.
    before: Option<Token>,
    /// The last number that was given to a request or a token.
    number: u64,
    /// The number of responses that carried a token.
    carried: u64,
    outcome: Outcome,
    trace: Option<Vec<String>>,
}

impl<'a, R: Rule> World<'a, R> {
    /// Runs a schedule to its end.
    pub fn run(plan: &'a Plan, rule: &'a R, shell: Shell) -> Outcome {
        Self::new(plan, rule, shell, None).finish().0
    }

    /// Runs a schedule, and tells what happened.
    pub fn trace(plan: &'a Plan, rule: &'a R, shell: Shell) -> (Outcome, Vec<String>) {
        Self::new(plan, rule, shell, Some(Vec::new())).finish()
    }

    fn new(plan: &'a Plan, rule: &'a R, shell: Shell, trace: Option<Vec<String>>) -> Self {
        let mut prng = Prng::new(!plan.seed);
        let machines: Vec<_> = (0..plan.machines)
            .map(|_| Machine { offset: prng.between(0, 2 * plan.skew), ..Machine::default() })
            .collect();
        let number = 1;
        let now = START - plan.skew + machines[0].offset;
        let (record, token) = rule.begin(now, number);
        let mut world = Self {
            plan,
            rule,
            shell,
            prng,
            now: START,
            queue: Queue::new(),
            store: Store::new(START, record, !plan.fail_overs.is_empty()),
            machines,
            owner: Jar { token: Some(token), due: 0 },
            thief: Jar { token: None, due: 0 },
            before: None,
            number,
            carried: 0,
            outcome: Outcome::new(plan),
            trace,
        };
        world.owner.due = world.next_due(now);
        world.fill();
        world
    }

    fn fill(&mut self) {
        let plan = self.plan;
        for at in &plan.sends {
            self.queue.add(*at, Event::Send { who: Who::Owner, route: Route::Usual, retries: plan.retries });
        }
        if plan.polls.is_some() {
            self.queue.add(START, Event::Poll);
        }
        for (at, loses) in &plan.fail_overs {
            self.queue.add(*at, Event::FailOver { loses: *loses });
        }
        if let Some(at) = plan.logout {
            self.queue.add(at, Event::Send { who: Who::Owner, route: Route::Logout, retries: 1 });
        }
        if let Some(theft) = plan.theft {
            self.queue.add(theft.at, Event::Steal);
        }
    }

    fn finish(mut self) -> (Outcome, Vec<String>) {
        while let Some((now, event)) = self.queue.take_next() {
            if now > self.plan.end || self.is_decided() {
                break;
            }
            self.now = now;
            self.happen(event);
        }
        self.probe();
        (self.outcome, self.trace.unwrap_or_default())
    }

    /// `true` if nothing that may still happen is of interest: a copy has ended the login.
    fn is_decided(&self) -> bool {
        self.plan.theft.is_some() && self.outcome.ended.is_some()
    }

    fn happen(&mut self, event: Event<R::Record>) {
        match event {
            Event::Send { who, route, retries } => self.send(who, route, retries),
            Event::Poll => self.poll(),
            Event::Arrive(request) => self.arrive(request),
            Event::Commit(attempt) => self.commit(attempt),
            Event::Deliver { request, response } => self.deliver(request, response),
            Event::FailOver { loses } => {
                self.store.fail_over(self.now.saturating_sub(loses));
                self.outcome.has_failed_over = true;
                self.tell(|world| format!("the store forgets {loses} ms, and has {:?}", world.store.load()));
            }
            Event::Restore(jar) => self.restore(jar),
            Event::Steal => self.steal(),
            Event::Use => self.use_copy(),
        }
    }

    /// The time by a machine's clock.
    fn clock(&mut self, machine: usize) -> Millis {
        let ahead = match self.plan.wobbles {
            true => self.prng.between(0, 2 * self.plan.skew),
            false => self.machines[machine].offset,
        };
        self.now - self.plan.skew + ahead
    }

    fn next_due(&mut self, now: Millis) -> Millis {
        let lifetime = self.plan.lifetime;
        let jitter = if self.plan.has_jitter { self.prng.between(0, longest_jitter(lifetime)) } else { 0 };
        now + lifetime - jitter
    }

    /// The delay of a message.
    fn delay(&mut self) -> Millis {
        let (prng, longest) = (&mut self.prng, self.plan.delay);
        match self.plan.shape {
            Shape::Even => prng.between(0, longest),
            Shape::Edges => match prng.between(0, 9) {
                0..=2 => 0,
                3..=6 => longest,
                7 => longest - longest / 50,
                _ => prng.between(0, longest),
            },
            Shape::Typical if prng.chance(10) => prng.between(0, longest),
            Shape::Typical => prng.between(20, 400),
        }
    }

    fn fresh(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    /// Adds a line to the trace, if there is one.
    fn tell(&mut self, line: impl FnOnce(&Self) -> String) {
        if self.trace.is_none() {
            return;
        }
        let line = format!("{:>12} {}", self.now - START, line(self));
        if let Some(trace) = &mut self.trace {
            trace.push(line);
        }
    }
}
