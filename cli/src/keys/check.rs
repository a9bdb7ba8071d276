//! `unjwt keys check`.

use std::collections::HashSet;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use unjwt::keys::{KeyState, RingKey, RingKeys};
use unjwt::{JweKey, Jwk, JwsKey, NumericDate, jose};

use super::timeline::{spans, writes_until};
use super::{Kind, Purpose, reason};
use crate::args::CheckArgs;
use crate::date::{plus, spoken};
use crate::duration::words;
use crate::failure::{Failure, Report};
use crate::terminal::printable;
use crate::{file, json};

/// Something that is wrong with a ring.
#[derive(Debug, Serialize)]
struct Problem {
    /// A word that stays the same in later versions.
    code: &'static str,
    kid: Option<String>,
    /// The problem and how to correct it, in words that may change.
    text: String,
}

#[derive(Serialize)]
struct Answer<'p> {
    ok: bool,
    problems: &'p [Problem],
}

pub(super) fn run(args: &CheckArgs, now: NumericDate) -> Result<Report, Failure> {
    let path = &args.file.file;
    let text = file::read(path)?;
    let mut problems: Vec<_> = file::mode(path).and_then(readable_by_others).into_iter().collect();
    problems.extend(of_text(&text, args.lifetime, now));
    let code = u8::from(!problems.is_empty());
    let out = if args.json {
        format!("{}\n", json::write(&Answer { ok: problems.is_empty(), problems: &problems }, true))
    } else if problems.is_empty() {
        format!("{}: no problem was found\n", printable(&path.display().to_string()))
    } else {
        problems.iter().map(|problem| format!("- {}\n", printable(&problem.text))).collect()
    };
    Ok(Report { out, code, ..Report::default() })
}

/// A service's group may read the file, as a mounted secret of Kubernetes has it.
fn readable_by_others(mode: u32) -> Option<Problem> {
    let text = format!(
        "the file has the mode {mode:04o}, so that users other than its owner and group can read it, or others than its owner \
         change it: run `chmod 600` on it"
    );
    (mode & 0o027 != 0).then_some(Problem { code: "file_mode", kid: None, text })
}

/// An element of the array `keys`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Element {
    Jwk(Jwk),
    Other(IgnoredAny),
}

#[derive(Deserialize)]
struct Elements {
    keys: Vec<Element>,
}

/// Returns all problems of a file's text.
fn of_text(text: &str, lifetime: Option<u64>, now: NumericDate) -> Vec<Problem> {
    let whole = RingKeys::from_json(text);
    let mut problems = Vec::new();
    let elements = serde_json::from_str::<Elements>(text.trim_start_matches('\u{feff}').trim());
    let elements = elements.map(|set| set.keys).unwrap_or_default();
    let mut kids = HashSet::new();
    let mut keys = Vec::new();
    for (place, element) in (1..).zip(&elements) {
        match key(element, place) {
            Ok(key) if !kids.insert(key.kid().to_owned()) => {
                let text = format!("two keys have the `kid` `{}`: give each its own", key.kid());
                problems.push(Problem { code: "duplicate_kid", kid: Some(key.kid().to_owned()), text });
            }
            Ok(key) => keys.push(key),
            Err(problem) => problems.push(problem),
        }
    }
    problems.extend(keys.iter().filter_map(unusable));
    match (whole, RingKeys::new(keys)) {
        // What is read together as a whole has the last word.
        (Err(error), _) if problems.is_empty() => {
            let text = format!("the file is not a ring: {}", reason(&error));
            problems.push(Problem { code: "unreadable", kid: None, text });
        }
        (_, Ok(ring)) => problems.extend(over_time(&ring, lifetime, now)),
        (_, Err(_)) => {}
    }
    problems
}

/// Reads an element as a ring of its own.
fn key(element: &Element, place: usize) -> Result<RingKey, Problem> {
    let Element::Jwk(jwk) = element else {
        let text = format!(
            "key {place} is not a JWK: it must be an object with a string `kty` and each member once"
        );
        return Err(Problem { code: "not_a_key", kid: None, text });
    };
    let kid = jwk.kid().filter(|kid| !kid.is_empty());
    if kid.is_none() {
        let text = format!("key {place} has no `kid`, by which tokens name it: give it one");
        return Err(Problem { code: "no_kid", kid: None, text });
    }
    let ring = RingKeys::from_json(&format!(r#"{{"keys":[{}]}}"#, jwk.to_json()));
    let read = ring.map(|ring| ring.keys().first().cloned());
    read.map_err(|error| reason(&error))
        .and_then(|key| key.ok_or_else(|| "it cannot be read".to_owned()))
        .map_err(|reason| {
            let text = reason.strip_prefix("key 1 of the ring: ").unwrap_or(&reason).to_owned();
            Problem { code: "times", kid: kid.map(str::to_owned), text }
        })
}

/// Uses the key once, as a session would.
fn unusable(key: &RingKey) -> Option<Problem> {
    let jwk = key.jwk();
    let kind = Kind::of(jwk);
    let problem = |code, text| Some(Problem { code, kid: Some(key.kid().to_owned()), text });
    if !jwk.is_private() {
        let text =
            format!("the key `{}` is a public one, which cannot write: put the private key there", key.kid());
        return problem("public_key", text);
    }
    let trial = match (kind.purpose(), kind.alg) {
        (Some(Purpose::Signs), _) => jose::sign(b"", &JwsKey::from_jwk(jwk.clone())).map(drop),
        (Some(Purpose::Encrypts), _) => {
            let jwe = JweKey::from_jwk(jwk.clone());
            jose::encrypt(b"", &jwe).and_then(|token| jose::decrypt(&token, &jwe)).map(drop)
        }
        (None, None) => {
            let text = format!("the key `{}` names no algorithm: add `alg` to it", key.kid());
            return problem("no_alg", text);
        }
        (None, Some(alg)) => {
            let text = format!("the key `{}` is for the unknown algorithm `{alg}`: use another", key.kid());
            return problem("unknown_alg", text);
        }
    };
    let error = trial.err()?;
    problem("unusable", format!("the key `{}` is weak or broken: {error}: make a new one", key.kid()))
}

/// Returns the problems of who writes when.
fn over_time(ring: &RingKeys, lifetime: Option<u64>, now: NumericDate) -> Vec<Problem> {
    let mut problems = Vec::new();
    for span in spans(ring, now) {
        if span.writer.is_some() {
            continue;
        }
        let (code, from) = if span.from == now {
            ("no_writer", "now".to_owned())
        } else {
            ("gap", format!("from {}", spoken(span.from, now)))
        };
        let until = span.until.map_or_else(String::new, |until| format!(" until {}", spoken(until, now)));
        let text = format!(
            "no key writes {from}{until}, and sessions cannot be written: add one with `unjwt keys rotate`, or let one retire later"
        );
        problems.push(Problem { code, kid: None, text });
    }
    let living = || ring.keys().iter().filter(|key| key.state(now) != KeyState::Retired);
    if let Some(lifetime) = lifetime {
        problems.extend(living().filter_map(|key| retires_early(ring, key, lifetime, now)));
    }
    let kinds: Vec<_> = living().map(|key| Kind::of(key.jwk())).collect();
    let symmetric = kinds.iter().filter(|kind| kind.is_symmetric()).count();
    if symmetric > 0 && symmetric < kinds.len() {
        let text = "symmetric keys and key pairs are mixed: a session uses keys of one kind, so give each a ring of its own";
        problems.push(Problem { code: "mixed", kid: None, text: text.into() });
    } else if kinds.iter().any(|kind| kind.purpose() == Some(Purpose::Signs))
        && kinds.iter().any(|kind| kind.purpose() == Some(Purpose::Encrypts))
    {
        let text = "keys that sign and keys that encrypt are mixed: a session does one of both, so give each a ring of its own";
        problems.push(Problem { code: "mixed", kid: None, text: text.into() });
    }
    problems
}

fn retires_early(ring: &RingKeys, key: &RingKey, lifetime: u64, now: NumericDate) -> Option<Problem> {
    let retires = key.retires_at()?;
    let needed = plus(writes_until(ring, key)?, lifetime);
    let text = format!(
        "the key `{}` retires {}, before the last token that it sealed ends: with a lifetime of {} it is needed until {}",
        key.kid(),
        spoken(retires, now),
        words(lifetime),
        spoken(needed, now)
    );
    (retires < needed).then(|| Problem { code: "retires_early", kid: Some(key.kid().to_owned()), text })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: NumericDate = NumericDate::from_secs(1_000_000);
    const K: &str = "tUQRvDlH2UvMQA6y5nbFDA2Yk5ZqTHjZrqYvTyqdcRU";

    fn oct(more: &str) -> String {
        format!(r#"{{"kty":"oct","alg":"HS256","k":"{K}"{more}}}"#)
    }

    fn codes(keys: &[String], lifetime: Option<u64>) -> Vec<&'static str> {
        let problems = of_text(&format!(r#"{{"keys":[{}]}}"#, keys.join(",")), lifetime, NOW);
        assert!(problems.iter().all(|problem| !problem.text.contains(K)), "{problems:?}");
        problems.iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn a_good_ring_has_no_problem() {
        let keys = [oct(r#","kid":"a","retire_at":1200000"#), oct(r#","kid":"b","activate_at":1100000"#)];
        assert!(codes(&keys, Some(100_000)).is_empty());
        assert_eq!(codes(&keys, Some(100_001)), ["retires_early"]);
    }

    #[test]
    fn every_problem_is_said() {
        let keys = [
            oct(""),
            "1".to_owned(),
            oct(r#","kid":"a""#),
            oct(r#","kid":"a""#),
            oct(r#","kid":"b","activate_at":"x""#),
            oct(r#","kid":"c","activate_at":9,"retire_at":9"#),
            r#"{"kty":"oct","alg":"HS256","kid":"d","k":"c2hvcnQ"}"#.to_owned(),
            format!(r#"{{"kty":"oct","kid":"e","k":"{K}"}}"#),
            oct(r#","kid":"f","kid":"g""#),
        ];
        let expected =
            ["no_kid", "not_a_key", "duplicate_kid", "times", "times", "not_a_key", "unusable", "no_alg"];
        assert_eq!(codes(&keys, None), expected);
    }

    #[test]
    fn times_without_a_writer_are_said() {
        let keys = [
            oct(r#","kid":"a","activate_at":1000100,"retire_at":1000200"#),
            oct(r#","kid":"b","activate_at":1000300,"retire_at":1000400"#),
        ];
        assert_eq!(codes(&keys, None), ["no_writer", "gap", "gap"]);
    }

    #[test]
    fn kinds_are_not_mixed() {
        let pair = unjwt::Jwk::generate("ES256").unwrap();
        let seal = unjwt::Jwk::generate("A256GCM").unwrap();
        assert_eq!(codes(&[oct(r#","kid":"a""#), pair.to_json()], None), ["mixed"]);
        assert_eq!(codes(&[oct(r#","kid":"a""#), seal.to_json()], None), ["mixed"]);
        assert_eq!(codes(&[pair.public().unwrap().to_json()], None), ["public_key"]);
    }

    #[test]
    fn what_is_no_ring_is_one_problem() {
        for text in ["", "{", "[]", r#"{"keys":[]}"#, r#"{"keys":1}"#, &oct(r#","kid":"a""#)] {
            let problems = of_text(text, None, NOW);
            let [problem] = problems.as_slice() else { panic!("{text}: {problems:?}") };
            assert_eq!(problem.code, "unreadable");
        }
    }

    #[test]
    fn permissions_for_others_are_a_problem() {
        for (mode, is_problem) in
            [(0o600, false), (0o640, false), (0o400, false), (0o644, true), (0o660, true)]
        {
            assert_eq!(readable_by_others(mode).is_some(), is_problem, "{mode:o}");
        }
    }
}
