//! The browser with its one jar, and the thief with a copy of it.

use super::{Event, Jar, Request, Response, Route, Status, Who, World};
use crate::plan::{Theft, Thief};
use crate::queue::Millis;
use crate::rules::{Rule, Token};
use crate::store::End;

impl<R: Rule> World<'_, R> {
    fn jar(&mut self, who: Who) -> &mut Jar {
        match who {
            Who::Owner => &mut self.owner,
            Who::Thief => &mut self.thief,
        }
    }

    /// Sends a request with what is in the jar now.
    pub(super) fn send(&mut self, who: Who, route: Route, retries: u32) {
        let Jar { token: Some(token), due } = *self.jar(who) else { return };
        let plan = self.plan;
        let due = match plan.theft {
            Some(Theft { thief, .. }) if who == Who::Thief && thief.forces() => 0,
            _ => due,
        };
        let route = match route {
            Route::Usual if self.prng.chance(plan.read_only) => Route::ReadOnly,
            route => route,
        };
        if route == Route::Logout {
            let at = self.now + self.prng.between(0, 8 * plan.window);
            let jar = *self.jar(who);
            self.queue.add(at, Event::Restore(jar));
        }
        let copies = if self.prng.chance(plan.duplicated) { 2 } else { 1 };
        let heard = self.prng.between(1, copies);
        let number = self.fresh();
        self.tell(|_| format!("#{number} {who:?} sends {token:?}, {route:?}, {copies} times"));
        for copy in 1..=copies {
            let machine = self.prng.between(0, plan.machines as u64 - 1) as usize;
            let is_heard = copy == heard;
            let tries = plan.tries;
            let request = Request { number, who, route, token, due, machine, retries, tries, is_heard };
            match self.prng.chance(plan.lost_requests) {
                true => self.miss(request),
                false => {
                    let at = self.now + self.delay();
                    self.queue.add(at, Event::Arrive(request));
                }
            }
        }
    }

    /// The client gets no answer, and perhaps sends its request again, with what is in the jar then.
    pub(super) fn miss(&mut self, request: Request) {
        let Request { number, who, route, retries, is_heard, .. } = request;
        if !is_heard {
            return;
        }
        self.tell(|_| format!("#{number} is not answered"));
        if retries > 0 && who == Who::Owner {
            let at = self.now + self.prng.between(0, self.plan.patience);
            self.queue.add(at, Event::Send { who, route, retries: retries - 1 });
        }
    }

    /// Puts into the jar what a response carries, whatever has come before it.
    pub(super) fn deliver(&mut self, request: Request, response: Response) {
        let Response { status, token, due } = response;
        let who = request.who;
        self.tell(|_| format!("#{} {who:?} gets {status:?} with {token:?}", request.number));
        let jar = self.jar(who);
        match status {
            Status::Reused | Status::Ended => jar.token = None,
            Status::Unavailable => {}
            Status::Served => {
                jar.token = token.or(jar.token);
                jar.due = due.unwrap_or(jar.due);
            }
        }
        if status == Status::Served && request.route == Route::Logout {
            jar.token = None;
        }
        if who == Who::Thief && status == Status::Served {
            self.think(request.token, token);
        }
        if who == Who::Owner && self.prng.chance(self.plan.chained) {
            let at = self.now + self.prng.pick(&[0, 0, 1, 50]);
            self.queue.add(at, Event::Send { who, route: Route::Usual, retries: self.plan.retries });
        }
    }

    /// The thief compares what was presented with what came back.
    fn think(&mut self, presented: Token, got: Option<Token>) {
        if self.plan.theft.is_none_or(|theft| theft.thief != Thief::Careful) {
            return;
        }
        match (got, self.before.take()) {
            (Some(_), _) => self.before = Some(presented),
            (None, Some(before)) => {
                (self.thief.token, self.thief.due) = (Some(before), 0);
                self.send(Who::Thief, Route::Usual, 0);
            }
            (None, None) => {}
        }
    }

    /// A token of a login that was logged out comes again: from another window, or a backup.
    pub(super) fn restore(&mut self, jar: Jar) {
        if matches!(self.outcome.ended, Some((End::Logout, _))) {
            self.owner = jar;
            self.send(Who::Owner, Route::Usual, 0);
        }
    }

    /// A tab that renews as soon as that is due.
    pub(super) fn poll(&mut self) {
        let Some(every) = self.plan.polls else { return };
        if self.owner.token.is_none() {
            return;
        }
        let next = self.renew_if_due(Who::Owner, every);
        self.queue.add(next, Event::Poll);
    }

    /// Renews if that is due by every clock, and returns when to look again.
    fn renew_if_due(&mut self, who: Who, every: Millis) -> Millis {
        let ready = self.jar(who).due + 2 * self.plan.skew;
        match ready <= self.now || self.asks_always() {
            true => {
                self.send(who, Route::Usual, 0);
                self.now + every
            }
            false => ready,
        }
    }

    /// `false` if the response to a request with an access token that is good until `due` can change nothing.
    fn may_matter(&self, due: Millis) -> bool {
        self.asks_always() || self.now + 2 * self.plan.skew + self.plan.delay >= due
    }

    pub(super) fn steal(&mut self) {
        let Some(theft) = self.plan.theft else { return };
        self.thief = self.owner;
        self.tell(|world| format!("the thief copies {:?}", world.thief));
        self.queue.add(self.now + theft.waits, Event::Use);
    }

    /// The thief sends a request.
    pub(super) fn use_copy(&mut self) {
        let Some(Theft { thief, every, .. }) = self.plan.theft else { return };
        if self.thief.token.is_none() {
            return;
        }
        if thief == Thief::LockStep {
            let next = self.renew_if_due(Who::Thief, every);
            return self.queue.add(next, Event::Use);
        }
        if thief.forces() || self.may_matter(self.thief.due) {
            let times = if thief == Thief::Ahead { 10 } else { 1 };
            (0..times).for_each(|_| self.send(Who::Thief, Route::Usual, 0));
        }
        let pause = match thief {
            Thief::Once => return,
            Thief::Now | Thief::Later => self.prng.span(every).max(1),
            _ => every,
        };
        self.queue.add(self.now + pause, Event::Use);
    }
}
