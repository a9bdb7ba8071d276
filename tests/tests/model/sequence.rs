//! One sequence: what the service does in it, held against the model step by step.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use http::header::COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use proptest::sample::Index;
use unjwt::{Source, Status};

use super::browser::misbehave;
use super::cell::Snapshot;
use super::jar::Jar;
use super::kinds::Kind;
use super::laws::{check_refused, check_sent};
use super::ledger::Ledger;
use super::record::{Record, Seen};
use super::script::{Answers, Sketch, Step, Visit};
use super::service::{Answer, HANDLER_FAILED, service, visit};
use super::sessions::{App, lent_cart};
use super::support::{SetCookie, TestClock};
use super::wire::{Pending, Sent, check_caching, check_lines, lines_by_kind, require};
use super::world::{Census, Model};

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
    /// None if the request was dropped.
    headers: Option<HeaderMap>,
    sent: Sent,
    expected: BTreeMap<Kind, Snapshot>,
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

    /// Returns the cookies that the browser sends, with its misbehaviour applied.
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

        let Answer { response, records } = answer;
        let answers = if wanted.without_router && wanted.script.answer == Answers::IsDropped {
            Answers::Fine
        } else {
            wanted.script.answer
        };
        let status = match answers {
            Answers::Fine => Some(StatusCode::OK),
            Answers::Fails => Some(HANDLER_FAILED),
            Answers::IsDropped => None,
        };
        let answered = response.as_ref().map(|(status, _)| *status);
        require(answered == status, || format!("the answer is {answered:?} and not {status:?}"))?;
        if wanted.mischief.is_empty() {
            self.check_dead(&records)?;
        }
        check_refused(&records)?;
        if let Some((_, headers)) = &response {
            check_sent(&records, headers)?;
        }
        let (ledger, census) = (std::mem::take(&mut self.ledger), std::mem::take(&mut self.census));
        let model = Model::new(ledger, census, before, sent.clone(), &wanted.script, records);
        let followed = model.follow(&wanted.script, !wanted.without_router);
        model.forget_tasks();
        followed?;
        let world = &mut *model.world();
        require(world.now == self.clock.now(), || "the clocks differ".to_owned())?;
        self.ledger = std::mem::take(&mut world.ledger);
        self.census = std::mem::take(&mut world.census);
        Ok(Reply {
            headers: response.map(|(_, headers)| headers),
            sent,
            expected: std::mem::take(&mut world.response),
        })
    }

    /// A session that this jar saw cleared does not come back from its cookies.
    fn check_dead(&self, records: &[Record]) -> Result<(), String> {
        let is_dead = |seen: &&Seen| seen.source == Source::Cookie && self.jar.dead.contains(&seen.token);
        require(!records.iter().flat_map(Record::shown).any(|seen| is_dead(&seen)), || {
            "a cleared session is back".to_owned()
        })
    }

    /// Holds the response's cookies against the model, and gives them to the jar.
    fn take(&mut self, Reply { headers, sent, expected: responses }: Reply) -> Result<(), String> {
        let now = self.clock.now();
        let Some(headers) = headers else { return Ok(()) };
        let mut by_kind = lines_by_kind(&headers)?;
        check_caching(&headers, !by_kind.is_empty(), !responses.is_empty())?;
        self.jar.evict(now);
        for (kind, said) in &responses {
            let is_cleared = said.status == Status::Cleared;
            let lines = by_kind.remove(kind).unwrap_or_default();
            let mut expected = self.jar.of(*kind);
            let effect = check_lines(*kind, &said.pending, &sent, &lines, &mut self.ledger)
                .map_err(|error| format!("the response of {kind:?}: {error}"))?;
            if is_cleared {
                let held = Sent { cookies: expected.clone().into_iter().collect(), header: None };
                let tokens = [&sent, &held].into_iter().flat_map(|sent| sent.tokens(*kind));
                let own = tokens
                    .filter_map(|(token, _)| token)
                    .filter(|token| self.ledger.find(*kind, token).is_some());
                self.jar.dead.extend(own);
            }
            match said.status {
                _ if !matches!(said.pending, Pending::Removal) => {}
                Status::Expired => self.count("expired cookie removed"),
                Status::Rejected => self.count("refused cookie forgotten"),
                _ => self.count("cleared cookie removed"),
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
            if is_cleared {
                require(!jar.contains_key(kind.facts().name), || format!("{kind:?} outlives its clear"))?;
            }
        }
        require(by_kind.is_empty(), || format!("cookies of sessions that nobody asked for: {by_kind:?}"))
    }
}
