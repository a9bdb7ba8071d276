//! A machine that answers a request: load, decide, swap, and again if the swap is lost.

use super::watch::Basis;
use super::{Attempt, Event, Request, Response, Route, Shell, Status, Who, World};
use crate::queue::Millis;
use crate::rules::{Answer, Ask, Rule, Token};
use crate::store::{End, State, Swap};

impl<R: Rule> World<'_, R> {
    /// `true` if requests present the token to the rule although its renewal is not due.
    pub(super) fn asks_always(&self) -> bool {
        self.plan.asks_always || self.rule.sees_all()
    }

    pub(super) fn arrive(&mut self, request: Request) {
        let now = self.clock(request.machine);
        let is_due = now >= request.due;
        if !is_due && !self.asks_always() && request.route != Route::Logout {
            // The access token suffices.
            return self.answer(request, Status::Served, None, Basis::AccessToken);
        }
        if self.prng.chance(self.plan.unavailable) {
            return self.fail(request, Basis::Outage);
        }
        let loaded = self.store.load().map(|(version, state)| (version, state.clone()));
        let was = loaded.as_ref().map(|(version, _)| *version);
        let remembers = self.machines[request.machine].remembers;
        match (loaded, remembers) {
            (Some((_, State::Ended(end))), _) => self.ended(request, end),
            (_, Some(end)) => {
                // The store has forgotten it.
                self.store.swap(self.now, was, State::Ended(end), false);
                self.ended(request, end);
            }
            _ if request.route == Route::Logout => {
                let state = State::Ended(End::Logout);
                self.attempt(Attempt { request, was, state, status: Status::Served, token: None });
            }
            (Some((_, State::Living(record))), None) => {
                self.decide(request, Some((was, record)), now, is_due)
            }
            (None, None) => self.decide(request, None, now, is_due),
        }
    }

    fn ended(&mut self, request: Request, end: End) {
        let machine = &mut self.machines[request.machine];
        machine.has_told = true;
        if self.shell != Shell::ForgetsEnds {
            machine.remembers = Some(end);
        }
        let status = match self.shell {
            Shell::ReportsEndedAsReuse => Status::Reused,
            _ => Status::Ended,
        };
        self.answer(request, status, None, Basis::Record);
    }

    fn decide(
        &mut self,
        request: Request,
        loaded: Option<(Option<u64>, R::Record)>,
        now: Millis,
        is_due: bool,
    ) {
        let may_issue = is_due && request.route == Route::Usual;
        let (fresh, draw) = (self.fresh(), self.prng.draw());
        let ask = Ask { token: request.token, now, may_issue, fresh, draw };
        let (was, record) = loaded.map_or((None, None), |(was, record)| (was, Some(record)));
        let answer = self.rule.decide(record.as_ref(), ask);
        self.tell(|_| format!("#{} at {now}: {record:?} {ask:?} -> {answer:?}", request.number));
        self.watch_decision(request, record.as_ref(), ask, &answer);
        let attempt = |state, status, token| Attempt { request, was, state, status, token };
        match answer {
            Answer::Serve => self.answer(request, Status::Served, None, Basis::Record),
            Answer::Issue(token) => self.answer(request, Status::Served, Some(token), Basis::Record),
            Answer::Write { record, issues } => {
                self.attempt(attempt(State::Living(record), Status::Served, issues));
            }
            Answer::Reuse => self.attempt(attempt(State::Ended(End::Reuse), Status::Reused, None)),
            Answer::Ended => self.answer(request, Status::Ended, None, Basis::Record),
        }
    }

    fn attempt(&mut self, attempt: Attempt<R::Record>) {
        match self.prng.between(0, self.plan.latency) {
            0 => self.commit(attempt),
            takes => self.queue.add(self.now + takes, Event::Commit(attempt)),
        }
    }

    pub(super) fn commit(&mut self, attempt: Attempt<R::Record>) {
        let Attempt { mut request, was, state, status, token } = attempt;
        let is_out = self.prng.chance(self.plan.unavailable);
        // An outage may hide a write that was done.
        if is_out && self.prng.chance(500) {
            return self.fail(request, Basis::Outage);
        }
        let before = self.store.load().map(|(_, state)| state.clone());
        let swap = self.store.swap(self.now, was, state.clone(), self.shell == Shell::WritesBlindly);
        self.tell(|_| format!("#{} writes {state:?}: {swap:?}", request.number));
        if swap != Swap::Lost {
            self.watch_write(request, before, state, token.is_some(), swap);
        }
        match swap {
            _ if is_out => self.fail(request, Basis::Outage),
            Swap::Written | Swap::Revived => self.answer(request, status, token, Basis::Record),
            Swap::Lost if request.tries == 1 => self.fail(request, Basis::LostRace),
            Swap::Lost => {
                request.tries -= 1;
                self.arrive(request);
            }
        }
    }

    /// Answers without a verdict.
    fn fail(&mut self, request: Request, basis: Basis) {
        let status = match (self.shell, basis) {
            (Shell::TakesOutageForAnEnd, Basis::Outage) | (Shell::ClearsForLosers, Basis::LostRace) => {
                Status::Ended
            }
            _ => Status::Unavailable,
        };
        self.answer(request, status, None, basis);
    }

    fn answer(&mut self, request: Request, status: Status, token: Option<Token>, basis: Basis) {
        self.watch_answer(request, status, token, basis);
        let now = self.clock(request.machine);
        let is_renewed = status == Status::Served && basis == Basis::Record && request.route == Route::Usual;
        let is_deferred = is_renewed && self.plan.defers && now >= request.due;
        let due = (token.is_some() || is_deferred).then(|| self.next_due(now));
        self.carried += u64::from(token.is_some() && request.is_heard);
        let is_the_one = token.is_some() && request.is_heard && self.plan.loses == Some(self.carried);
        if is_the_one || self.prng.chance(self.plan.lost_responses) {
            self.tell(|_| format!("#{} the response is lost", request.number));
            return self.miss(request);
        }
        if request.is_heard && self.matters(request.who, status, token, due) {
            let at = self.now + self.delay();
            self.queue.add(at, Event::Deliver { request, response: Response { status, token, due } });
        }
    }

    /// `false` if the arrival of the response changes nothing.
    fn matters(&self, who: Who, status: Status, token: Option<Token>, due: Option<Millis>) -> bool {
        let follows = who == Who::Owner && self.plan.chained > 0;
        follows || status != Status::Served || token.is_some() || due.is_some() || self.plan.logout.is_some()
    }
}
