//! One sequence: what the service does in it, held against the model step by step.

use std::sync::Arc;

use axum::Router;
use http::header::COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use proptest::sample::Index;
use unjwt::Source;

use super::browser::misbehave;
use super::hooks::{Record, Seen};
use super::jar::Jar;
use super::kinds::Kind;
use super::ledger::Ledger;
use super::oracle::{Census, Oracle};
use super::script::{Sketch, Step, Visit};
use super::service::{Answer, HANDLER_FAILED, service, visit};
use super::sessions::{App, lent_cart};
use super::support::{SetCookie, TestClock};
use super::wire::{Sent, check_caching, check_lines, lines_by_kind, require};

/// One sequence under way.
pub struct Sequence {
    clock: TestClock,
    service: (Router, Arc<App>),
    jar: Jar,
    remembered: Vec<Jar>,
    ledger: Ledger,
    pub census: Census,
}

/// A request that was made, whose response the jar has not yet taken.
struct Reply {
    answer: Answer,
    sent: Sent,
    oracle: Oracle,
}

impl Sequence {
    pub fn new(census: Census) -> Self {
        let clock = TestClock::new();
        let service = service(&clock);
        let (jar, remembered, ledger) = <(Jar, Vec<Jar>, Ledger)>::default();
        Self { clock, service, jar, remembered, ledger, census }
    }

    pub async fn step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Visit(visit) => {
                let sent = self.sends(visit);
                let reply = self.request(visit, sent).await?;
                self.take(reply)
            }
            Step::Race { tabs, swapped } => {
                let [first, second] = tabs;
                let sent = [self.sends(first), self.sends(second)];
                let [sent_first, sent_second] = sent;
                let mut replies =
                    [self.request(first, sent_first).await?, self.request(second, sent_second).await?];
                if *swapped {
                    replies.reverse();
                }
                self.count("race of two tabs");
                replies.into_iter().try_for_each(|reply| self.take(reply))
            }
            Step::Forward(seconds) => {
                self.clock.seconds(*seconds);
                Ok(())
            }
            Step::Back(seconds) => {
                self.clock.back(*seconds);
                Ok(())
            }
            Step::Remember => {
                self.remembered.push(self.jar.clone());
                Ok(())
            }
            Step::Restore(index) => {
                if let Some(older) = self.older(index) {
                    self.jar = older;
                    self.count("restored jar");
                }
                Ok(())
            }
            Step::Reopen => {
                self.jar.reopen();
                Ok(())
            }
            Step::Lend(sketch) => self.lend(sketch).await,
        }
    }

    fn count(&mut self, what: &'static str) {
        *self.census.entry(what).or_default() += 1;
    }

    fn older(&self, index: &Index) -> Option<Jar> {
        (!self.remembered.is_empty()).then(|| index.get(&self.remembered).clone())
    }

    async fn lend(&mut self, sketch: &Sketch) -> Result<(), String> {
        let data = Sketch { note: None, ..sketch.clone() }.data(Kind::Cart);
        let token = lent_cart(&self.clock, data.clone()).await;
        let now = self.clock.now();
        let session = self.ledger.make(Kind::Cart, None, now, Some(now + 1200), data);
        self.ledger.bind_token(&session, &token)?;
        self.jar.apply(&SetCookie::parse(&format!("cart={token}; Path=/; Secure")), now);
        Ok(())
    }

    /// What the browser sends, and what it does to it.
    fn sends(&mut self, visit: &Visit) -> Sent {
        let now = self.clock.now();
        let mut cookies = self.jar.send(visit.path, now);
        for mischief in &visit.mischief {
            self.count("misbehaving browser");
            let older = |index: &Index| self.older(index).map(|mut jar| jar.send(visit.path, now));
            misbehave(&mut cookies, mischief, older);
        }
        let tokens = &self.ledger.tokens;
        let header = visit.header.as_ref().filter(|_| !tokens.is_empty());
        let header = header.map(|(kind, index, _)| (*kind, index.get(tokens).to_string()));
        Sent { cookies, header }
    }

    /// Makes a request and holds what the service saw and did against the model.
    async fn request(&mut self, wanted: &Visit, sent: Sent) -> Result<Reply, String> {
        let mut headers = HeaderMap::new();
        let pairs: Vec<String> = sent.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !pairs.is_empty() {
            headers.insert(COOKIE, HeaderValue::from_str(&pairs.join("; ")).unwrap());
        }
        if let (Some((kind, token)), Some((_, _, bearer))) = (&sent.header, &wanted.header) {
            let name = format!("x-{}-session", kind.facts().name);
            let value = if *bearer { format!("Bearer {token}") } else { token.clone() };
            headers.insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        let before = self.clock.now();
        let answer =
            visit(&self.service, wanted.path, headers, wanted.script.clone(), wanted.without_router).await;

        let status = if wanted.script.fails { HANDLER_FAILED } else { StatusCode::OK };
        require(answer.status == status, || format!("the answer is {} and not {status}", answer.status))?;
        if wanted.mischief.is_empty() {
            self.check_dead(&answer.records)?;
        }
        let (ledger, census) = (std::mem::take(&mut self.ledger), std::mem::take(&mut self.census));
        let mut oracle =
            Oracle::new(ledger, census, before, sent.clone(), &wanted.script, answer.records.clone());
        oracle.follow(&wanted.script)?;
        require(oracle.now == self.clock.now(), || "the clocks differ".to_owned())?;
        self.ledger = oracle.ledger.clone();
        self.census = std::mem::take(&mut oracle.census);
        Ok(Reply { answer, sent, oracle })
    }

    /// A session that this jar saw cleared does not come back from its cookies.
    fn check_dead(&self, records: &[Record]) -> Result<(), String> {
        let mut shown = Vec::new();
        for record in records {
            match record {
                Record::Hook { seen, old, .. } => shown.extend([seen, old].into_iter().flatten()),
                Record::Done { result, after, .. } => {
                    shown.extend(result.iter().flatten().chain(&after.current));
                }
                Record::Together { after, .. } => shown.extend(&after.current),
                Record::Failed { .. } | Record::Extracted { .. } => {}
            }
        }
        let is_dead = |seen: &&Seen| seen.source == Source::Cookie && self.jar.dead.contains(&seen.token);
        require(!shown.iter().any(is_dead), || "a cleared session is back".to_owned())
    }

    /// Holds the response's cookies against the model, and gives them to the jar.
    fn take(&mut self, Reply { answer, sent, oracle }: Reply) -> Result<(), String> {
        let now = self.clock.now();
        let mut by_kind = lines_by_kind(&answer.headers)?;
        check_caching(&answer.headers, !by_kind.is_empty(), oracle.looked)?;
        self.jar.evict(now);
        for (kind, cell) in &oracle.cells {
            let lines = by_kind.remove(kind).unwrap_or_default();
            let mut expected = self.jar.of(*kind);
            let effect = check_lines(*kind, &cell.now().pending, &sent, &lines, &mut self.ledger)
                .map_err(|error| format!("the response of {kind:?}: {error}"))?;
            if cell.was_cleared() {
                let held = Sent { cookies: expected.clone().into_iter().collect(), header: None };
                let tokens = [&sent, &held].into_iter().flat_map(|sent| sent.tokens(*kind));
                let own = tokens
                    .filter_map(|(token, _)| token)
                    .filter(|token| self.ledger.find(*kind, token).is_some());
                self.jar.dead.extend(own);
            }
            self.count(match effect.written.len() {
                0 => "session left alone or removed",
                1 if effect.removed.is_empty() => "session in one cookie",
                1 => "chunks replaced by one cookie",
                _ => "session in chunks",
            });

            for line in &lines {
                self.jar.apply(line, now);
            }
            let touched = |name: &String| effect.removed.contains(name) || effect.written.contains_key(name);
            expected.retain(|name, _| !touched(name));
            // A token that ended within the tolerance has no seconds left: it is for this request alone.
            let kept = lines.iter().filter(|line| !line.removes());
            expected.extend(kept.map(|line| (line.name.clone(), line.value.clone())));
            let jar = self.jar.of(*kind);
            require(jar == expected, || {
                format!("the jar of {kind:?} has {:?} and not {:?}", jar.keys(), expected.keys())
            })?;
            if cell.was_cleared() {
                require(!jar.contains_key(kind.facts().name), || format!("{kind:?} outlives its clear"))?;
            }
        }
        require(by_kind.is_empty(), || format!("cookies of sessions that nobody asked for: {by_kind:?}"))
    }
}
