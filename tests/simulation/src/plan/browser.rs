//! An honest browser over some days.

use super::{HOUR, Kind, MINUTE, Plan, SECOND, START, Shape};
use crate::prng::Prng;
use crate::queue::Millis;

/// Pages, each with a burst of requests; nights and breaks; access tokens of a quarter of an hour.
pub(super) fn plan(prng: &mut Prng, lost_responses: u64, lasts: Millis) -> Plan {
    let window = 30 * SECOND;
    let skew = prng.pick(&[0, SECOND, 2 * SECOND]);
    let (latency, tries) = (50, 4);
    let mut sends = Vec::new();
    let mut at = START;
    let end = START + lasts;
    while at < end {
        let requests = prng.between(1, 6);
        sends.extend((0..requests).map(|_| at + prng.between(0, 300)));
        at += match prng.between(0, 99) {
            // A night, or the laptop is closed for a while.
            0 => prng.between(6 * HOUR, 10 * HOUR),
            1..=4 => prng.between(30 * MINUTE, 3 * HOUR),
            _ => prng.span(5 * MINUTE),
        };
    }
    sends.sort_unstable();
    Plan {
        seed: 0,
        kind: Kind::Browser,
        window,
        skew,
        wobbles: false,
        machines: 3,
        delay: window / 2 - skew - latency * Millis::from(tries),
        shape: Shape::Typical,
        latency,
        tries,
        lifetime: 15 * MINUTE,
        has_jitter: true,
        asks_always: false,
        defers: prng.chance(500),
        adopts: false,
        lost_requests: 0,
        lost_responses,
        duplicated: 2,
        unavailable: 0,
        read_only: 50,
        chained: 300,
        retries: 1,
        patience: 2 * MINUTE,
        loses: None,
        sends,
        polls: None,
        fail_overs: Vec::new(),
        logout: None,
        theft: None,
        end,
    }
}
