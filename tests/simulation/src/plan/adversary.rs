//! Schedules at the edge of the promise.

use super::{DAY, HOUR, Kind, MINUTE, Plan, SECOND, START, Shape};
use crate::prng::Prng;
use crate::queue::Millis;

/// Windows that the product admits, the usual one twice.
const WINDOWS: [Millis; 4] = [5 * SECOND, 30 * SECOND, 30 * SECOND, 5 * MINUTE];

/// A world whose delays are as long as the promise admits.
fn world(kind: Kind, prng: &mut Prng) -> Plan {
    let window = prng.pick(&WINDOWS);
    let skew = prng.pick(&[0, 0, window / 60, window / 15, window / 6, window / 3]);
    let promised = window / 2 - skew;
    let latency = prng.pick(&[0, 0, promised / 100, promised / 20]);
    let tries = prng.pick(&[1, 2, 4]);
    let lifetime = prng.pick(&[0, 0, window / 2, window, 2 * window, 10 * window]);
    Plan {
        seed: 0,
        kind,
        window,
        skew,
        wobbles: prng.chance(500),
        machines: prng.between(1, 5) as usize,
        delay: promised - latency * Millis::from(tries),
        shape: prng.pick(&[Shape::Even, Shape::Edges]),
        latency,
        tries,
        lifetime,
        has_jitter: true,
        asks_always: prng.chance(500),
        defers: prng.chance(500),
        adopts: prng.chance(300),
        lost_requests: 0,
        lost_responses: 0,
        duplicated: 0,
        unavailable: 0,
        read_only: 0,
        chained: 0,
        retries: 0,
        patience: 0,
        loses: None,
        sends: Vec::new(),
        polls: None,
        fail_overs: Vec::new(),
        logout: None,
        theft: None,
        end: Millis::MAX,
    }
}

/// 5 to 80 requests of one browser, with everything that may go wrong in between.
pub(super) fn plan(kind: Kind, prng: &mut Prng) -> Plan {
    let mut plan = world(kind, prng);
    let (lost_requests, lost_responses) =
        prng.pick(&[(0, 0), (0, 100), (100, 0), (150, 150), (100, 600), (450, 450)]);
    (plan.lost_requests, plan.lost_responses) = (lost_requests, lost_responses);
    plan.duplicated = prng.pick(&[0, 100, 500]);
    plan.unavailable = prng.pick(&[0, 0, 50, 200]);
    plan.read_only = prng.pick(&[0, 0, 200, 600]);
    plan.chained = prng.pick(&[0, 200, 700]);
    plan.retries = prng.pick(&[0, 1, 3]);
    plan.patience = prng.pick(&[plan.window / 4, plan.window, 4 * plan.window]);
    plan.sends = sends(prng, plan.window);
    let last = plan.sends.last().copied().unwrap_or(START);
    match kind {
        Kind::FailOver => {
            for _ in 0..prng.between(1, 3) {
                let most = prng.pick(&[plan.window / 2, 2 * plan.window, 20 * plan.window]);
                plan.fail_overs.push((prng.between(START, last), prng.between(0, most)));
            }
            // Messages that were under way are what makes a fail-over hard.
            for _ in 0..prng.between(0, 2) {
                let at = prng.pick(&plan.sends) + prng.between(0, plan.window);
                plan.fail_overs.push((at, prng.between(0, 20 * plan.window)));
            }
        }
        Kind::Logout => {
            let at = prng.pick(&plan.sends) + prng.between(0, plan.window);
            plan.logout = Some(at);
            if prng.chance(500) {
                plan.fail_overs
                    .push((at + prng.between(0, 4 * plan.window), prng.between(0, 4 * plan.window)));
            }
        }
        _ => {}
    }
    plan
}

/// Times of requests: bursts, and gaps about the times at which the rule changes its mind.
fn sends(prng: &mut Prng, window: Millis) -> Vec<Millis> {
    let most = prng.between(5, 80);
    let gaps = prng.pick(&[
        &[0, 1][..],
        &[0, 2, 3][..],
        &[0, 1, 2, 3, 4, 5][..],
        &[0, 0, 4][..],
        &[0, 1, 5][..],
        &[0, 3, 6][..],
    ]);
    let mut at = START;
    (0..most)
        .map(|_| {
            at += match prng.pick(gaps) {
                0 => prng.between(0, 3),
                1 => prng.between(0, window / 2),
                2 => prng.between(window / 2, window),
                3 => window + prng.between(0, window / 10) - window / 20,
                4 => 2 * window + prng.between(0, window / 10) - window / 20,
                5 => prng.between(0, 10 * window),
                _ => prng.between(0, 1_000 * window),
            };
            at
        })
        .collect()
}

/// A browser of which one response is lost, and which then sleeps: up to the end of a login of 30 days.
pub(super) fn one_lost(prng: &mut Prng) -> Plan {
    let mut plan = world(Kind::OneLost, prng);
    plan.lifetime = prng.pick(&[plan.window, 15 * MINUTE, HOUR]);
    plan.duplicated = prng.pick(&[0, 100]);
    plan.chained = 200;
    plan.retries = prng.pick(&[0, 2]);
    plan.patience = 4 * plan.window;
    plan.loses = Some(prng.between(1, 6));
    let mut at = START;
    for _ in 0..prng.between(4, 12) {
        // Asleep between requests, and then all tabs at once.
        at += prng.magnitude(1, 2 * DAY);
        for _ in 0..prng.between(1, 6) {
            plan.sends.push(at + prng.between(0, 300));
        }
    }
    plan.sends.sort_unstable();
    plan
}
