//! The rules that others publish, each in its simplest form.

use super::{Answer, Ask, Rule, Token};
use crate::queue::Millis;

/// The time within which a renewal may be repeated, where a rule has one.
const OVERLAP: Millis = 30_000;
/// The time for which any token is served after a renewal by [`Counter`].
const INTERVAL: Millis = 10_000;

const fn opaque(id: u64) -> Token {
    Token { id, parent: 0 }
}

fn exchanged<R>(record: R, token: Token) -> Answer<R> {
    Answer::Write { record, issues: Some(token) }
}

/// Each token is good once: remember-me of Spring Security, Keycloak and Curity as they come.
#[derive(Clone, Copy, Debug)]
pub struct SingleUse;

impl Rule for SingleUse {
    type Record = u64;

    fn name(&self) -> String {
        "strict single use".into()
    }

    fn begin(&self, _: Millis, fresh: u64) -> (u64, Token) {
        (fresh, opaque(fresh))
    }

    fn decide(&self, record: Option<&u64>, ask: Ask) -> Answer<u64> {
        match record {
            None => Answer::Ended,
            Some(_) if !ask.may_issue => Answer::Serve,
            Some(current) if *current == ask.token.id => exchanged(ask.fresh, opaque(ask.fresh)),
            Some(_) => Answer::Reuse,
        }
    }
}

/// The token exchanged last may be exchanged again for 30 s, each time for another one: Auth0's overlap.
#[derive(Clone, Copy, Debug)]
pub struct OnePredecessor;

/// The tokens that were exchanged, the last one at the end.
#[derive(Clone, Debug, Default)]
pub struct Exchanged {
    tokens: Vec<u64>,
    at: Millis,
}

impl Rule for OnePredecessor {
    type Record = Exchanged;

    fn name(&self) -> String {
        "one overlapping predecessor".into()
    }

    fn begin(&self, _: Millis, fresh: u64) -> (Exchanged, Token) {
        (Exchanged::default(), opaque(fresh))
    }

    fn decide(&self, record: Option<&Exchanged>, ask: Ask) -> Answer<Exchanged> {
        let Some(record) = record else { return Answer::Ended };
        if !ask.may_issue {
            return Answer::Serve;
        }
        if !record.tokens.contains(&ask.token.id) {
            let mut tokens = record.tokens.clone();
            tokens.push(ask.token.id);
            return exchanged(Exchanged { tokens, at: ask.now }, opaque(ask.fresh));
        }
        let is_last = record.tokens.last() == Some(&ask.token.id);
        match is_last && ask.now.saturating_sub(record.at) <= OVERLAP {
            true => Answer::Issue(opaque(ask.fresh)),
            false => Answer::Reuse,
        }
    }
}

/// The generation of a login, and when it began.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    current: u64,
    at: Millis,
}

const FIRST: u64 = 1;

impl Counted {
    fn first(now: Millis) -> (Self, Token) {
        (Self { current: FIRST, at: now }, opaque(FIRST))
    }
}

/// Decides by a counter: the present token is exchanged, and an older one for the same successor if `is_repeated` says so
/// of whether it is the one before and of the time since the exchange.
fn counted(
    record: Option<&Counted>,
    ask: Ask,
    is_repeated: impl FnOnce(bool, Millis) -> bool,
) -> Answer<Counted> {
    let Some(record) = record else { return Answer::Ended };
    let n = ask.token.id;
    match () {
        () if !ask.may_issue => Answer::Serve,
        () if n == record.current => exchanged(Counted { current: n + 1, at: ask.now }, opaque(n + 1)),
        () if is_repeated(n + 1 == record.current, ask.now.saturating_sub(record.at)) => {
            Answer::Issue(opaque(record.current))
        }
        () => Answer::Reuse,
    }
}

/// For 30 s a token is exchanged for the same successor again, and then never: what answers are replayed for.
#[derive(Clone, Copy, Debug)]
pub struct SameSuccessor;

impl Rule for SameSuccessor {
    type Record = Counted;

    fn name(&self) -> String {
        "same successor for 30 s".into()
    }

    fn begin(&self, now: Millis, _: u64) -> (Counted, Token) {
        Counted::first(now)
    }

    fn decide(&self, record: Option<&Counted>, ask: Ask) -> Answer<Counted> {
        counted(record, ask, |is_previous, age| is_previous && age <= OVERLAP)
    }
}

/// A counter: the one before the present one is exchanged at any time, and any within 10 s. Supabase's second rule.
#[derive(Clone, Copy, Debug)]
pub struct Counter;

impl Rule for Counter {
    type Record = Counted;

    fn name(&self) -> String {
        "counter with difference one".into()
    }

    fn begin(&self, now: Millis, _: u64) -> (Counted, Token) {
        Counted::first(now)
    }

    fn decide(&self, record: Option<&Counted>, ask: Ask) -> Answer<Counted> {
        counted(record, ask, |is_previous, age| is_previous || age <= INTERVAL)
    }
}

/// A token is a copy once a successor of it was seen, be it by its access token: SuperTokens without the lock that
/// its clients take.
#[derive(Clone, Copy, Debug)]
pub struct SuccessorSeen;

impl Rule for SuccessorSeen {
    /// The token whose successors are good, and which is good until one of them is seen.
    type Record = u64;

    fn name(&self) -> String {
        "superseded and successor seen".into()
    }

    fn begin(&self, _: Millis, fresh: u64) -> (u64, Token) {
        (fresh, opaque(fresh))
    }

    fn decide(&self, record: Option<&u64>, ask: Ask) -> Answer<u64> {
        let Some(&seen) = record else { return Answer::Ended };
        let successor = Token { id: ask.fresh, parent: ask.token.id };
        match ask.token {
            Token { id, .. } if id == seen && ask.may_issue => Answer::Issue(successor),
            Token { id, parent } if parent == seen => {
                Answer::Write { record: id, issues: ask.may_issue.then_some(successor) }
            }
            // The access token is not compared.
            _ if !ask.may_issue => Answer::Serve,
            _ => Answer::Reuse,
        }
    }

    fn sees_all(&self) -> bool {
        true
    }
}
