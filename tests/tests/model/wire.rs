//! What a request's cookies mean to the model, and what a response's must be.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use http::HeaderMap;
use http::header::{CACHE_CONTROL, VARY};
use unjwt::Source;

use super::jar::seconds_of;
use super::kinds::Kind;
use super::ledger::{Ledger, Session};
use super::support::{SetCookie, set_cookies};

const MARKER: &str = "__chunked__";

/// The cookies and the one token in a header that a request brings.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    pub cookies: Vec<(String, String)>,
    pub header: Option<(Kind, String)>,
}

impl Sent {
    /// The tokens that the request offers for a session, in the order in which they are tried; `None` is an incomplete
    /// set of chunks.
    pub fn tokens(&self, kind: Kind) -> Vec<(Option<String>, Source)> {
        let values = |wanted: &str| -> Vec<&str> {
            let named = self.cookies.iter().filter(|(name, _)| name == wanted);
            named.map(|(_, value)| value.as_str()).collect()
        };
        let name = kind.facts().name;
        let mut tokens = Vec::new();
        let mains = values(name).into_iter().filter(|value| !value.is_empty());
        for (nth, main) in mains.take(4).enumerate() {
            let token = match main.strip_prefix(MARKER) {
                None => Some(main.to_owned()),
                Some(count) => {
                    (1..=kind.facts().max_chunks).find(|most| most.to_string() == count).and_then(|count| {
                        let chunk = |number| {
                            let chunks = values(&format!("{name}.{number}"));
                            let chunk = *chunks.get(nth).or(chunks.first())?;
                            (!chunk.is_empty()).then_some(chunk)
                        };
                        (1..=count).map(chunk).collect()
                    })
                }
            };
            let token = (token, Source::Cookie);
            if !tokens.contains(&token) {
                tokens.push(token);
            }
        }
        if let Some((_, token)) = self.header.as_ref().filter(|(at, _)| *at == kind)
            && tokens.len() < 4
        {
            tokens.push((Some(token.clone()), Source::Header));
        }
        tokens
    }

    /// The numbers of the chunks that the request brings for a session.
    pub fn chunks(&self, kind: Kind) -> BTreeSet<usize> {
        self.cookies.iter().filter_map(|(name, _)| kind.chunk(name)).collect()
    }
}

/// What a response will say of a session.
#[derive(Clone, Debug)]
pub enum Pending {
    Nothing,
    Set { session: Rc<Session>, at: u64 },
    Removal,
}

/// What a response did to the cookies of one session.
pub struct Effect {
    pub written: BTreeMap<String, String>,
    pub removed: BTreeSet<String>,
}

/// Checks the lines that a response has for a session against what the model expects.
pub fn check_lines(
    kind: Kind,
    pending: &Pending,
    sent: &Sent,
    lines: &[SetCookie],
    ledger: &mut Ledger,
) -> Result<Effect, String> {
    let (facts, held) = (kind.facts(), sent.chunks(kind));
    let mut effect = Effect { written: BTreeMap::new(), removed: BTreeSet::new() };
    for line in lines {
        require(line.line.len() <= 4096, || format!("a line of {} bytes", line.line.len()))?;
        require_attributes(kind, line)?;
        let fresh = if line.removes() && line.value.is_empty() {
            effect.removed.insert(line.name.clone())
        } else {
            effect.written.insert(line.name.clone(), line.value.clone()).is_none()
        };
        require(fresh && !effect.contradicts(), || format!("two lines for `{}`", line.name))?;
    }

    let chunk_names = |numbers: &mut dyn Iterator<Item = usize>| -> BTreeSet<String> {
        numbers.map(|number| format!("{}.{number}", facts.name)).collect()
    };
    let removed = match pending {
        Pending::Nothing => BTreeSet::new(),
        Pending::Removal => {
            let mut names = chunk_names(&mut held.into_iter());
            names.insert(facts.name.to_owned());
            names
        }
        Pending::Set { session, at } => {
            let written = Sent {
                cookies: effect.written.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
                header: None,
            };
            let token = match written.tokens(kind).as_slice() {
                [(Some(token), _)] => token.clone(),
                other => return Err(format!("the written cookies hold {other:?}")),
            };
            ledger.bind_token(session, &token)?;
            let count = effect.written.len() - 1;
            require(written.chunks(kind) == (1..=count).collect(), || "chunks beside the marker".into())?;
            require(count != 1 && (count == 0 || token.len() > facts.chunk_length.min(3900)), || {
                format!("{count} chunks for a token of {} bytes", token.len())
            })?;
            let lifetime = facts.cookie_max_age.or_else(|| session.exp.map(|exp| exp.saturating_sub(*at)));
            for line in lines.iter().filter(|line| effect.written.contains_key(&line.name)) {
                require_lifetime(line, lifetime, *at)?;
            }
            chunk_names(&mut held.into_iter().filter(|number| *number > count))
        }
    };
    require(effect.removed == removed, || format!("removed {:?} and not {removed:?}", effect.removed))?;
    require(matches!(pending, Pending::Set { .. }) || effect.written.is_empty(), || {
        format!("wrote {:?}", effect.written.keys())
    })?;
    Ok(effect)
}

impl Effect {
    fn contradicts(&self) -> bool {
        self.removed.iter().any(|name| self.written.contains_key(name))
    }
}

fn require_attributes(kind: Kind, line: &SetCookie) -> Result<(), String> {
    let has = |name: &str| line.attributes.get(name).map(String::as_str);
    let facts = kind.facts();
    let right = has("path") == Some(facts.path)
        && has("secure") == Some("")
        && has("samesite") == Some("Lax")
        && has("httponly").is_some() == facts.http_only
        && has("domain").is_none();
    require(right, || format!("the attributes of {:?}", line.line))
}

fn require_lifetime(line: &SetCookie, lifetime: Option<u64>, at: u64) -> Result<(), String> {
    let age = line.attributes.get("max-age").map(|age| age.parse::<u64>().unwrap());
    let end = line.attributes.get("expires").map(|date| seconds_of(date));
    require(age == lifetime && end == lifetime.map(|lifetime| at + lifetime), || {
        format!("the cookie ends {age:?} seconds later, at {end:?}, and not {lifetime:?} after {at}")
    })
}

/// The response's lines by session; none may be of anybody else.
pub fn lines_by_kind(headers: &HeaderMap) -> Result<BTreeMap<Kind, Vec<SetCookie>>, String> {
    let mut by_kind: BTreeMap<Kind, Vec<SetCookie>> = BTreeMap::new();
    for line in set_cookies(headers) {
        let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.owns(&line.name)) else {
            return Err(format!("nobody's cookie `{}`", line.name));
        };
        by_kind.entry(kind).or_default().push(line);
    }
    Ok(by_kind)
}

/// Caching follows from what the request did with its sessions.
pub fn check_caching(headers: &HeaderMap, sets_cookies: bool, looked: bool) -> Result<(), String> {
    let cache = headers.get(CACHE_CONTROL).map(|value| value.to_str().unwrap());
    require(cache == sets_cookies.then_some("private, no-store"), || {
        format!("`Cache-Control` is {cache:?}")
    })?;
    let vary = headers.get(VARY).map(|value| value.to_str().unwrap());
    require(vary.is_some_and(|vary| vary.starts_with("cookie")) == looked, || format!("`Vary` is {vary:?}"))
}

pub fn require(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}
