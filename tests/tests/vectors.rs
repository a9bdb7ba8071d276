//! Tokens of other implementations, of the RFCs and of attackers, each through `unjwt::jose`.

mod interop;
mod support;

#[path = "vectors/claims.rs"]
mod claims;
#[allow(dead_code, reason = "its other user takes the rest")]
#[path = "weaknesses/craft.rs"]
mod craft;
#[path = "vectors/keys.rs"]
mod keys;

use std::collections::BTreeMap;

use interop::{Case, decided_otherwise, files};
use unjwt::ErrorKind;
use unjwt_tests::told;

/// The outcome of a case.
enum Outcome {
    Held,
    Listed(&'static str),
    Failed(String),
}

fn outcome(case: &Case) -> Outcome {
    let attempt = case.attempt();
    if let Ok(accepted) = &attempt {
        // Nothing is unpacked: what a client sends bounds what it makes of our memory.
        assert!(accepted.payload.len() < case.token.len(), "{}", case.name);
    }
    let broken = match (&attempt, case.result.as_str()) {
        (Ok(accepted), "valid" | "acceptable") if case.is_right(&accepted.payload) => return Outcome::Held,
        (Err(_), "invalid" | "acceptable") => return Outcome::Held,
        (Ok(accepted), "valid" | "acceptable") => format!("another payload: {:02x?}", accepted.payload),
        (Ok(_), _) => "accepted".to_owned(),
        (Err(error), _) => format!("refused: {error}"),
    };
    // A wrong payload has no excuse, whatever the feature.
    let excusable = attempt.as_ref().map_or(true, |accepted| case.is_right(&accepted.payload));
    match decided_otherwise(case).filter(|_| excusable) {
        Some(reason) => Outcome::Listed(reason),
        None => Outcome::Failed(format!("{} ({} {:?}): {broken}", case.name, case.result, case.flags)),
    }
}

#[test]
fn every_token_is_accepted_or_refused_as_it_should_be() {
    let mut failures = Vec::new();
    let mut reasons = BTreeMap::<&str, usize>::new();
    for (file, cases) in files() {
        let (mut held, mut listed) = (0, 0);
        for case in &cases {
            match outcome(case) {
                Outcome::Held => held += 1,
                Outcome::Listed(reason) => {
                    listed += 1;
                    *reasons.entry(reason).or_default() += 1;
                }
                Outcome::Failed(failure) => failures.push(failure),
            }
        }
        told!("{file}: held {held}, listed {listed}, total {}", cases.len());
    }
    for (reason, count) in reasons {
        told!("listed {count}: {reason}");
    }
    assert!(failures.is_empty(), "{} cases:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn the_failures_of_a_pair_look_the_same() {
    let mut pairs = BTreeMap::<(String, String), Vec<(String, Option<ErrorKind>)>>::new();
    for (file, cases) in files() {
        for case in cases.iter().filter(|case| case.is_flagged("Oracle")) {
            let kind = case.attempt().err().map(|error| error.kind());
            pairs.entry((file.clone(), case.group.clone())).or_default().push((case.name.clone(), kind));
        }
    }
    for (pair, outcomes) in pairs {
        let same = outcomes.windows(2).all(|pair| pair[0].1 == pair[1].1);
        assert!(same && outcomes.iter().all(|(_, kind)| kind.is_some()), "{pair:?}: {outcomes:?}");
    }
}
