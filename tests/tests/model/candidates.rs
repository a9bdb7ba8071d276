//! The candidates of a request for a session, and their ranking.

use std::rc::Rc;

use unjwt::{Source, Status};

use super::cell::{Found, Phase, Scope, Snapshot};
use super::kinds::{Hook, Kind};
use super::wire::Pending;
use super::world::World;

/// The outcome of a reading, from the worst to the best.
#[derive(Clone)]
pub enum Outcome {
    Absent,
    Refused,
    Rejected,
    Expired(Found),
    Valid(Found),
}

impl Outcome {
    fn rank(&self) -> u8 {
        match self {
            Self::Absent => 0,
            Self::Refused => 1,
            Self::Rejected => 2,
            Self::Expired(_) => 3,
            Self::Valid(_) => 4,
        }
    }

    /// The first of the best counts.
    pub fn or(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }

    pub fn status(&self) -> Status {
        match self {
            Self::Absent => Status::Absent,
            Self::Refused | Self::Rejected => Status::Rejected,
            Self::Expired(_) => Status::Expired,
            Self::Valid(_) => Status::Valid,
        }
    }

    pub fn found(&self) -> Option<&Found> {
        match self {
            Self::Expired(found) | Self::Valid(found) => Some(found),
            _ => None,
        }
    }

    /// The session as the outcome leaves it; `forgets` if a hook refused a session and wants its cookie
    /// removed.
    pub fn leaves(&self, kind: Kind, forgets: bool) -> Snapshot {
        let expired_cookie = matches!(self, Self::Expired((_, Source::Cookie))) && !kind.has(Hook::Renew);
        match self {
            Self::Valid(found) => {
                Snapshot { current: Some(found.clone()), ..Snapshot::without(Status::Valid) }
            }
            _ if expired_cookie || forgets => {
                Snapshot { pending: Pending::Removal, ..Snapshot::without(self.status()) }
            }
            _ => Snapshot::without(self.status()),
        }
    }
}

impl World {
    /// A candidate, before any hook has its say.
    pub fn judge(&self, kind: Kind, token: Option<&str>, source: Source) -> Outcome {
        match token.and_then(|token| self.ledger.find(kind, token)) {
            Some(session) if session.iat > self.now + kind.facts().tolerance + 60 => Outcome::Rejected,
            Some(session) if self.is_expired(session) => Outcome::Expired((Rc::clone(session), source)),
            Some(session) => Outcome::Valid((Rc::clone(session), source)),
            None => Outcome::Rejected,
        }
    }

    /// The sessions that the request offers, approved or not, and behind them those that have expired.
    pub fn unasked(&self, kind: Kind) -> Vec<Found> {
        // The same token may come in a cookie and in a header.
        let is_new =
            |others: &[Found], found: &Found| !others.iter().any(|(other, _)| Rc::ptr_eq(other, &found.0));
        let (mut valid, mut expired) = (Vec::new(), Vec::new());
        for (token, source) in self.sent.tokens(kind) {
            match self.judge(kind, token.as_deref(), source) {
                Outcome::Valid(found) if is_new(&valid, &found) => valid.push(found),
                Outcome::Expired(found) if is_new(&expired, &found) => expired.push(found),
                _ => {}
            }
        }
        valid.append(&mut expired);
        valid
    }

    pub fn would_run_a_hook(&self, kind: Kind) -> bool {
        let offered = self.sent.tokens(kind).into_iter();
        let best = offered
            .map(|(token, source)| self.judge(kind, token.as_deref(), source))
            .fold(Outcome::Absent, Outcome::or);
        match best {
            Outcome::Valid(_) => kind.has(Hook::Read),
            Outcome::Expired(_) => kind.has(Hook::Expire) || kind.has(Hook::Renew),
            Outcome::Rejected => kind.has(Hook::Error) || kind.has(Hook::Renew),
            Outcome::Absent | Outcome::Refused => kind.has(Hook::Renew),
        }
    }

    /// Returns whether the reading cannot end before what is in this scope goes on: it is around it, or waits
    /// for what is.
    pub fn waits_for(&self, reading: u64, scope: &Scope) -> bool {
        let mut needed = vec![reading];
        let mut at = 0;
        while at < needed.len() {
            let of = needed[at];
            if scope.contains(&of) {
                return true;
            }
            for (waiter, awaited) in &self.waiting {
                if waiter.contains(&of) && self.is_under_way(*awaited) && !needed.contains(awaited) {
                    needed.push(*awaited);
                }
            }
            at += 1;
        }
        false
    }

    /// The readings around this scope go on without the session that is being read; the outer ones only up to
    /// that reading, which is nothing that they miss.
    pub fn miss(&mut self, reading: u64, scope: &Scope) {
        let within = scope.iter().rev().take_while(|node| **node != reading);
        let readings: Vec<_> = within.copied().filter(|node| self.is_under_way(*node)).collect();
        self.missed.extend(readings.into_iter().map(|blind| (blind, reading)));
    }

    /// The readings around this scope go on without what a reading did not find, and miss what that one
    /// missed.
    pub fn miss_what_was_missed(&mut self, kind: Kind, phase: Phase, scope: &Scope) {
        match phase {
            Phase::Reading { reading, .. } => self.miss(reading, scope),
            Phase::Blind => {
                for missed in self.left_unread.get(&kind).cloned().unwrap_or_default() {
                    let around = scope.iter().copied().filter(|node| *node != missed);
                    let readings: Vec<_> = around.filter(|node| self.is_under_way(*node)).collect();
                    self.missed.extend(readings.into_iter().map(|blind| (blind, missed)));
                }
            }
            Phase::Unread | Phase::Done => {}
        }
    }
}
