//! The model's interpretation of a request's cookies, and its expectations of a response's.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD;
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

/// A cookie of the session's own name.
#[derive(PartialEq)]
enum Main {
    Whole(String),
    /// The marker of a token in this number of chunks; `None` if it is malformed or states too many.
    Chunked(Option<usize>),
}

/// Returns whether the text has the form of the kind's tokens.
fn could_be(kind: Kind, text: &str) -> bool {
    let segments = if kind.is_signed() { 3 } else { 5 };
    text.split('.').count() == segments
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// The `typ` that a token's header names.
fn typ(token: &str) -> Option<String> {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?;
    let header: serde_json::Value = serde_json::from_slice(&header).ok()?;
    Some(header.get("typ")?.as_str()?.to_owned())
}

impl Sent {
    /// The tokens that the request offers for a session, in the order in which they are tried; `None` is an
    /// incomplete set of chunks.
    pub fn tokens(&self, kind: Kind) -> Vec<(Option<String>, Source)> {
        let mut tokens: Vec<(Option<String>, Source)> = Vec::new();
        let mut offer = |token: Option<String>, source| {
            let first = !tokens.iter().any(|(_, other)| *other == source);
            let known = tokens.iter().any(|(other, from)| *other == token && *from == source);
            if !known && (first || token.as_deref().is_some_and(|token| could_be(kind, token))) {
                tokens.push((token, source));
            }
        };
        let mut others = Vec::new();
        for main in self.mains(kind) {
            match main {
                Main::Whole(token) => offer(Some(token), Source::Cookie),
                Main::Chunked(None) => offer(None, Source::Cookie),
                Main::Chunked(Some(count)) => {
                    let mut ways = self.joined(kind, count).into_iter();
                    offer(ways.next(), Source::Cookie);
                    others.push(ways);
                }
            }
        }
        // The other ways to put chunks together, of each marker in turn, sixteen ways in all.
        let mut left = 16 - others.len();
        while left > 0 && !others.is_empty() {
            others.retain_mut(|ways| {
                let Some(token) = ways.next() else { return false };
                if left > 0 {
                    left -= 1;
                    offer(Some(token), Source::Cookie);
                }
                true
            });
        }
        if let Some((_, token)) = self.header.as_ref().filter(|(at, _)| *at == kind) {
            offer(Some(token.clone()), Source::Header);
        }
        if kind == Kind::Vault {
            // Each costs a derivation: four of those that may be ours, or the first where none may.
            let may = |(token, _): &&(Option<String>, Source)| {
                token.as_deref().is_some_and(|token| typ(token).as_deref() == Some("vault+jwt"))
            };
            let cookies: Vec<_> = tokens.iter().filter(|(_, source)| *source == Source::Cookie).collect();
            if cookies.len() > 4 {
                let mut stay: Vec<_> = cookies.iter().copied().filter(may).take(4).cloned().collect();
                if stay.is_empty() {
                    stay.extend(cookies.first().map(|first| (*first).clone()));
                }
                let headers = tokens.iter().filter(|(_, source)| *source == Source::Header).cloned();
                return stay.into_iter().chain(headers.collect::<Vec<_>>()).collect();
            }
        }
        tokens
    }

    /// The cookies of the session's own name: each once, and after the first only what could be a token.
    fn mains(&self, kind: Kind) -> Vec<Main> {
        let mut mains = Vec::new();
        for (_, value) in self.cookies.iter().filter(|(name, _)| name == kind.facts().name) {
            let main = match value.strip_prefix(MARKER) {
                None if value.is_empty() => continue,
                None => Main::Whole(value.clone()),
                Some(digits) => {
                    Main::Chunked((1..=kind.facts().max_chunks).find(|count| count.to_string() == digits))
                }
            };
            let fits = match &main {
                Main::Whole(token) => could_be(kind, token),
                Main::Chunked(count) => count.is_some(),
            };
            if mains.is_empty() || fits && !mains.contains(&main) {
                mains.push(main);
            }
        }
        mains
    }

    /// The tokens that these many chunks may be put together to: the first of each number, the second (or the
    /// last), and so on, and then every mixture.
    fn joined(&self, kind: Kind, count: usize) -> Vec<String> {
        let chunks = |number: usize| -> Vec<&str> {
            let name = format!("{}.{number}", kind.facts().name);
            let values = self.cookies.iter().filter(|(other, value)| *other == name && !value.is_empty());
            values.map(|(_, value)| value.as_str()).take(4).collect()
        };
        let sets: Vec<_> = (1..=count).map(chunks).collect();
        if sets.iter().any(Vec::is_empty) {
            return Vec::new();
        }
        let deepest = sets.iter().map(Vec::len).max().unwrap_or(0);
        let level = |nth: usize| -> Vec<usize> { sets.iter().map(|set| nth.min(set.len() - 1)).collect() };
        let mut ways: Vec<Vec<usize>> = (0..deepest).map(level).collect();
        // The first number changes fastest.
        let all: usize = sets.iter().map(Vec::len).product();
        for mut number in 0..all {
            let mixture: Vec<usize> = sets
                .iter()
                .map(|set| {
                    let index = number % set.len();
                    number /= set.len();
                    index
                })
                .collect();
            if !ways.contains(&mixture) {
                ways.push(mixture);
            }
        }
        ways.truncate(64);
        let join = |way: Vec<usize>| way.iter().zip(&sets).map(|(index, set)| set[*index]).collect();
        ways.into_iter().map(join).collect()
    }

    /// The numbers of the chunks that the request brings for a session.
    pub fn chunks(&self, kind: Kind) -> BTreeSet<usize> {
        let chunks = self.cookies.iter().filter_map(|(name, _)| kind.chunk(name));
        // Numbers beyond the maximum are ignored.
        chunks.filter(|number| *number <= kind.facts().max_chunks).collect()
    }
}

/// The effect that a response will have on a session.
#[derive(Clone, Debug)]
pub enum Pending {
    Nothing,
    Set { session: Rc<Session>, at: u64 },
    Removal,
}

/// The changes of a response to the cookies of one session.
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
