//! Watches a world: the invariants, and what a thief meets with.

use super::{Request, Status, Who, World};
use crate::invariants::{Invariant, Violation};
use crate::plan::{DAY, Kind, Plan, START};
use crate::queue::Millis;
use crate::rules::{Answer, Ask, Rule, Token};
use crate::store::{End, State, Swap};

/// The assumption behind an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    AccessToken,
    Record,
    Outage,
    LostRace,
}

/// After this many renewals by both sides, since both were active more than 2W apart, a copy must have ended the login: each
/// keeps the generation with a quarter's chance.
const RENEWALS_OF_A_COPY: u32 = 8;

/// The result of a schedule.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub kind: Kind,
    pub seed: u64,
    pub violations: Vec<Violation>,
    /// The first end, and when it was.
    pub ended: Option<(End, Millis)>,
    /// The record was missing: the login had to end.
    pub was_missing: bool,
    pub has_failed_over: bool,
    /// The number of times that the rule was asked.
    pub decisions: u64,
    /// The number of generations that began.
    pub rotations: u64,
    pub seen: Seen,
    /// The copy would still be served at the end.
    pub copy_is_good: bool,
}

/// The signs of a thief in the renewals of both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The thief's first request.
    pub first_use: Option<Millis>,
    /// Both were active more than 2W apart.
    pub apart: Option<Millis>,
    /// Renewals of the owner since the first use; those within 2W are one.
    pub by_owner: u32,
    /// Renewals of the side that renewed less often, since they were apart.
    pub by_both: u32,
    since_apart: [u32; 2],
    last: [Option<Millis>; 2],
    last_counted: [Option<Millis>; 2],
    /// The last renewal of the side was more than 2W after the other side's last one.
    is_alone: [bool; 2],
}

impl Outcome {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            kind: plan.kind,
            seed: plan.seed,
            violations: Vec::new(),
            ended: None,
            was_missing: false,
            has_failed_over: false,
            decisions: 0,
            rotations: 0,
            seen: Seen::default(),
            copy_is_good: false,
        }
    }
}

impl Seen {
    /// Takes a renewal into account; `apart` is 2W and the skew of two clocks.
    fn renewal(&mut self, who: Who, now: Millis, apart: Millis) {
        let (side, other) = (who as usize, 1 - who as usize);
        let is_apart = |last: Option<Millis>| last.is_none_or(|last| now > last + apart);
        let is_after_others = is_apart(self.last[other]);
        let was_there =
            self.first_use.is_some_and(|first| self.last[other].is_some_and(|last| last >= first));
        if was_there && is_after_others && self.is_alone[other] {
            self.apart.get_or_insert(now);
        }
        self.is_alone[other] = false;
        // A later one of the same side within the time counts as the same.
        let is_another = is_apart(self.last_counted[side]);
        self.is_alone[side] = is_after_others && (is_another || self.is_alone[side]);
        self.last[side] = Some(now);
        if self.first_use.is_some() && is_another {
            self.last_counted[side] = Some(now);
            self.by_owner += u32::from(who == Who::Owner);
            self.since_apart[side] += u32::from(self.apart.is_some());
            self.by_both = self.since_apart[0].min(self.since_apart[1]);
        }
    }
}

impl<R: Rule> World<'_, R> {
    fn violate(&mut self, invariant: Invariant, what: String) {
        self.tell(|_| format!("violates {invariant}"));
        let after = self.now - START;
        self.outcome.violations.push(Violation { invariant, seed: self.plan.seed, after, what });
    }

    /// Somebody honest is signed out.
    fn violate_honesty(&mut self, what: String) {
        let invariant = match self.plan.kind {
            _ if self.outcome.has_failed_over => Invariant::I8StoreThatWentBackEndsNobody,
            Kind::OneLost => Invariant::I2LostResponseIsRecovered,
            _ => Invariant::I1HonestIsNeverEnded,
        };
        self.violate(invariant, what);
    }

    /// `true` if the present end of the login is nobody's fault.
    fn is_due_to_end(&self) -> bool {
        let by_copy = self.outcome.seen.first_use.is_some();
        by_copy || self.outcome.was_missing || matches!(self.outcome.ended, Some((End::Logout, _)))
    }

    pub(super) fn watch_decision(
        &mut self,
        request: Request,
        record: Option<&R::Record>,
        ask: Ask,
        answer: &Answer<R::Record>,
    ) {
        self.outcome.decisions += 1;
        if request.who == Who::Thief {
            self.outcome.seen.first_use.get_or_insert(self.now);
        }
        // A request that is served and given nothing tells the two sides not apart.
        if ask.may_issue && !matches!(answer, Answer::Serve) {
            let apart = 2 * self.plan.window + 2 * self.plan.skew;
            self.outcome.seen.renewal(request.who, self.now, apart);
        }
        let Some(record) = record else {
            let is_sound = self.plan.adopts != matches!(answer, Answer::Ended);
            if !is_sound {
                self.violate(Invariant::I8StoreThatWentBackEndsNobody, "a missing record".into());
            }
            self.outcome.was_missing |= !self.plan.adopts;
            return;
        };
        if self.outcome.ended.is_some() && !self.outcome.has_failed_over {
            self.violate(Invariant::I5EndedIsFinal, format!("the record lives again: {record:?}"));
        }
        let Some(generations) = self.rule.generations(record) else { return };
        let n = ask.token.id;
        let is_tolerated =
            n >= generations.floor && ask.now.saturating_sub(generations.at) <= self.plan.window;
        // After a store went back, any generation from the floor on may be the parent.
        let is_forgotten = generations.parent == generations.current && n >= generations.floor;
        let is_parent = n == generations.parent || is_forgotten;
        // Its parent was renewed once more.
        let is_disowned = n > generations.parent && !is_forgotten;
        let is_copy = n < generations.current && !is_parent && (!is_tolerated || is_disowned);
        if is_copy && !matches!(answer, Answer::Reuse) {
            self.violate(Invariant::I3CopyEndsTheLogin, format!("{n} of {generations:?} got {answer:?}"));
        }
        // The loser of a race gets the winner's generation.
        if let Answer::Issue(token) = answer
            && token.id != generations.current
        {
            let what = format!("{token:?} was issued of {generations:?}");
            self.violate(Invariant::I7LoserLeavesTheWinnersCookie, what);
        }
    }

    pub(super) fn watch_write(
        &mut self,
        request: Request,
        before: Option<State<R::Record>>,
        state: State<R::Record>,
        issues: bool,
        swap: Swap,
    ) {
        if swap == Swap::Revived {
            self.violate(Invariant::I5EndedIsFinal, format!("#{} revives the login", request.number));
        }
        match (before, state) {
            (_, State::Ended(end)) => {
                self.outcome.ended.get_or_insert((end, self.now));
                if end == End::Reuse && !self.is_due_to_end() {
                    self.violate_honesty(format!("#{} counts as a copy", request.number));
                }
            }
            (Some(State::Living(before)), State::Living(after)) if issues => {
                let (before, after) = (self.rule.generations(&before), self.rule.generations(&after));
                let is_kept = before.is_some() && before == after;
                self.outcome.rotations += u64::from(!is_kept);
                let (Some(before), Some(after)) = (before, after) else { return };
                if !is_kept && after.at < before.at + self.plan.window {
                    let what = format!("{before:?} was followed by {after:?}");
                    self.violate(Invariant::I4OneGenerationPerWindow, what);
                }
            }
            _ => {}
        }
    }

    pub(super) fn watch_answer(
        &mut self,
        request: Request,
        status: Status,
        token: Option<Token>,
        basis: Basis,
    ) {
        let clears = matches!(status, Status::Reused | Status::Ended);
        let number = request.number;
        match basis {
            Basis::Outage if clears => {
                self.violate(Invariant::I9OutageIsNoVerdict, format!("#{number} got {status:?}"));
            }
            Basis::LostRace if clears || token.is_some() => {
                self.violate(Invariant::I7LoserLeavesTheWinnersCookie, format!("#{number} got {status:?}"));
            }
            _ => {}
        }
        let is_logged_out = matches!(self.store.load(), Some((_, State::Ended(End::Logout))));
        if status == Status::Reused && is_logged_out {
            self.violate(Invariant::I10LoggedOutIsEndedNotReused, format!("#{number} got {status:?}"));
        }
        if status == Status::Served && basis == Basis::Record && self.machines[request.machine].has_told {
            self.violate(Invariant::I5EndedIsFinal, format!("#{number} was served by a machine that knew"));
        }
    }

    /// The fate of the jars, now and at any later time.
    pub(super) fn probe(&mut self) {
        if self.outcome.seen.by_both > RENEWALS_OF_A_COPY {
            let what = format!("{:?}", self.outcome.seen);
            self.violate(Invariant::I3CopyEndsTheLogin, what);
        }
        let Some((_, State::Living(record))) = self.store.load() else { return };
        let record = record.clone();
        let is_served = |world: &Self, token: Token, later: Millis| {
            let ask = Ask { token, now: world.now + later, may_issue: true, fresh: u64::MAX, draw: 1 };
            !matches!(world.rule.decide(Some(&record), ask), Answer::Reuse | Answer::Ended)
        };
        if let Some(token) = self.thief.token {
            self.outcome.copy_is_good = is_served(self, token, 3 * self.plan.window);
        }
        let Some(token) = self.owner.token.filter(|_| !self.is_due_to_end()) else { return };
        for later in [0, self.plan.window, 3 * self.plan.window, 30 * DAY] {
            if !is_served(self, token, later) {
                self.violate_honesty(format!("{token:?} would be a copy {later} ms later"));
            }
        }
    }
}
