//! Every row beside a good key of every algorithm, before and after it, with the algorithm named and pinned.

use std::collections::BTreeSet;

use unjwt::{Jwk, JwsKey};
use unjwt_tests::told;

use super::ground::{FAMILIES, Ground, logged, public, refusal, set, verify};
use super::rows::{Fate, For, ROWS, Row};

/// A row for one algorithm.
struct Case {
    row: &'static Row,
    on: Ground,
    /// The fault in it, in the words of the test.
    wrong: Vec<String>,
}

impl Case {
    fn expect(&mut self, is_so: bool, otherwise: impl std::fmt::Display) {
        if !is_so {
            let mode = if self.on.is_pinned { "pinned" } else { "named" };
            self.wrong.push(format!("{}, {} {mode}: {otherwise}", self.row.name, self.on.alg));
        }
    }
}

/// The rows for the algorithms that they are for. `test` tells the keys from those of other tests.
fn cases(test: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for row in ROWS {
        for alg in FAMILIES {
            for (is_pinned, sets) in [(false, For::Named), (true, For::Pinned)] {
                let name = format!("{test}: {}, {alg} {sets:?}", row.name);
                let on = Ground::new(alg, is_pinned, &name);
                if row.types.contains(&on.kty()) && (row.sets == For::All || row.sets == sets) {
                    cases.push(Case { row, on, wrong: Vec::new() });
                }
            }
        }
    }
    cases
}

fn each(test: &str, check: impl Fn(&mut Case)) {
    let mut cases = cases(test);
    cases.iter_mut().for_each(check);
    let wrong: Vec<_> = cases.into_iter().flat_map(|case| case.wrong).collect();
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn there_are_at_least_120_different_sets() {
    let cases = cases("count");
    let sets: BTreeSet<_> =
        cases.iter().map(|case| (case.row.name, case.on.alg, case.on.is_pinned)).collect();
    assert_eq!(sets.len(), cases.len(), "no two rows have one name");
    assert!(sets.len() >= 120);
    told!("{} sets, each in two orders", sets.len());
}

#[test]
fn a_good_key_works_beside_anything() {
    each("beside", |case| {
        let (row, on) = (case.row, &case.on);
        let (good, member) = (public(&on.good).to_string(), (row.member)(on).to_string());
        let tokens = [&on.good, &on.other].map(|key| on.token(key));
        let keys = [[good.as_str(), &member], [&member, &good]].map(|members| on.verify_only(set(&members)));
        for key in keys {
            let [good, other] = tokens.each_ref().map(|token| verify(&key, token));
            case.expect(good.is_ok(), format!("the good key: {good:?}"));
            case.expect(other.is_ok() == (row.fate == Fate::Used), format!("the other: {other:?}"));
        }
    });
}

#[test]
fn what_is_passed_over_is_logged_once_with_its_reason() {
    each("logged", |case| {
        let (row, on) = (case.row, &case.on);
        let (good, member) = (public(&on.good).to_string(), (row.member)(on));
        let kid = member["kid"].as_str().filter(|kid| !kid.is_empty()).map(|kid| format!("kid=\"{kid}\""));
        let (member, token) = (member.to_string(), on.token(&on.good));
        let make = || verify(&on.verify_only(set(&[&good, &member])), &token).unwrap();
        let lines = logged(make);
        let again = logged(make);
        let secret = serde_json::to_value(&on.other).unwrap()["d"].as_str().unwrap().to_owned();
        // What has no name and the reason of another is told from that by its place and number only.
        let is_told = row.fate != Fate::Used && (!lines.is_empty() || kid.is_some());
        case.expect(lines.len() == usize::from(is_told), format!("{lines:?}"));
        case.expect(again.is_empty(), format!("again {again:?}"));
        for line in lines {
            let level = if matches!(row.fate, Fate::NotMeant(_)) { " INFO " } else { " WARN " };
            let kid = kid.as_deref().unwrap_or_default();
            let parts =
                [level, "a key of a set is passed over", row.fate.reason().unwrap_or("no reason"), kid];
            case.expect(parts.iter().all(|part| line.contains(part)), format!("{parts:?} are not in {line}"));
            case.expect(line.len() < 600 && !line.contains(&secret), &line);
        }
    });
}

#[test]
fn a_set_with_nothing_else_says_why() {
    each("alone", |case| {
        let (row, on) = (case.row, &case.on);
        let member = (row.member)(on).to_string();
        let key = on.verify_only(set(&[&member]));
        let Some(reason) = row.fate.reason() else {
            let verified = verify(&key, &on.token(&on.other));
            return case.expect(verified.is_ok(), format!("{verified:?}"));
        };
        let (alone, two) = (refusal(&key), refusal(&on.verify_only(set(&[&member, "[]"]))));
        case.expect(alone.contains(reason) && alone.len() < 600, alone);
        case.expect(two.contains(reason) && two.contains("a JWK must be a JSON object"), two);
    });
}

#[test]
fn a_key_of_our_own_is_as_strict_as_ever() {
    each("own", |case| {
        let (row, on) = (case.row, &case.on);
        let (good, member) = (public(&on.good).to_string(), (row.member)(on).to_string());
        let pair = on.pinned(JwsKey::from_pair(on.good.clone(), set(&[&good, &member])));
        let (token, others) = (on.token(&on.good), on.token(&on.other));
        let alone = Jwk::from_json(&member).map(|jwk| on.pinned(JwsKey::from_jwk(jwk)));
        match row.fate {
            Fate::Used | Fate::NotMeant(_) => {
                case.expect(verify(&pair, &token).is_ok(), format!("of a pair: {}", refusal(&pair)));
            }
            Fate::Broken(reason) | Fate::LeftOut(reason) => {
                case.expect(refusal(&pair).contains(reason), format!("of a pair: {}", refusal(&pair)));
            }
        }
        match (alone, row.fate) {
            (Ok(alone), Fate::Used) => case.expect(verify(&alone, &others).is_ok(), refusal(&alone)),
            (Ok(alone), Fate::NotMeant(reason) | Fate::Broken(reason)) => {
                case.expect(refusal(&alone).contains(reason), format!("alone: {}", refusal(&alone)));
            }
            (Err(error), Fate::LeftOut(reason)) => case.expect(error.to_string().contains(reason), error),
            (alone, _) => case.expect(false, format!("alone: {:?}", alone.map(|_| ()))),
        }
    });
}
