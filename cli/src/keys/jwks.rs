//! `unjwt keys jwks`.

use unjwt::NumericDate;
use unjwt::keys::RingKeys;

use crate::failure::{Failure, Report};
use crate::json;
use crate::keys::Kind;

pub(super) fn run(ring: &RingKeys, now: NumericDate) -> Result<Report, Failure> {
    let symmetric = ring.keys().iter().filter(|key| Kind::of(key.jwk()).is_symmetric()).count();
    if symmetric == ring.keys().len() {
        return Err(Failure::No(
            "there is nothing to publish: all keys are symmetric, and have no public half: publish those of a session with \
             an algorithm like ES256"
                .into(),
        ));
    }
    let set = ring.public(now);
    if set.keys().is_empty() {
        return Err(Failure::No(
            "there is nothing to publish: all keys with a public half have retired: add one with `unjwt keys rotate`".into(),
        ));
    }
    let mut report = Report::of(format!("{}\n", json::write(&set, true)));
    if symmetric > 0 {
        report.notes.push(format!("{symmetric} of the keys are symmetric and were left out"));
    }
    Ok(report)
}
