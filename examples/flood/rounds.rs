//! Rounds of visitors alone, beside a flood of a route without a session, and beside a flood of their
//! session's route.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::client::{Connection, get};
use crate::forge::{Flood, fields, long_cookie};
use crate::server::{DIRECT, PLAIN};
use crate::traffic::{self, Phase, Window};

/// The durations and the number of rounds.
pub struct Plan {
    pub warm_up: Duration,
    pub head_start: Duration,
    pub measured: Duration,
    pub rounds: usize,
    /// The number of requests for the measurement of memory.
    pub requests: u64,
}

/// One flood's rounds.
pub struct Measured {
    pub title: &'static str,
    pub rate: u32,
    pub rounds: Vec<Round>,
    /// The same flood again, with newcomers among the visitors.
    pub arriving: Phase,
}

pub struct Round {
    pub alone: Phase,
    /// Beside the same flood of a route without a session.
    pub plain: Phase,
    /// Beside the flood of the session's route.
    pub flooded: Phase,
}

impl Measured {
    /// The answers to the flood's requests.
    pub fn statuses(&self) -> BTreeMap<u16, u64> {
        let mut sum = BTreeMap::new();
        for (status, count) in self.rounds.iter().flat_map(|round| &round.flooded.statuses) {
            *sum.entry(*status).or_default() += count;
        }
        sum
    }
}

/// Runs all floods. Other load on the machine affects the three phases of a round alike, which is why they
/// alternate.
pub async fn run(address: SocketAddr, plan: &Plan) -> anyhow::Result<Vec<Measured>> {
    let visitors = traffic::visitors(address).await?;
    let window = Window { head_start: plan.head_start, measured: plan.measured };
    traffic::run(address, &visitors, None, false, Window { measured: plan.warm_up, ..window }).await?;

    let mut floods = Vec::new();
    for flood in Flood::all(address).await? {
        let flood = Arc::new(flood);
        let alone = || traffic::run(address, &visitors, None, false, window);
        let beside = |path| traffic::run(address, &visitors, Some((&flood, path)), false, window);
        let mut rounds = Vec::new();
        for nth in 0..plan.rounds {
            // In turns, so that none always follows the same one.
            rounds.push(if nth % 2 == 0 {
                let (alone, plain) = (alone().await?, beside(PLAIN).await?);
                Round { alone, plain, flooded: beside(flood.kind).await? }
            } else {
                let (flooded, plain) = (beside(flood.kind).await?, beside(PLAIN).await?);
                Round { alone: alone().await?, plain, flooded }
            });
        }
        let arriving = traffic::run(address, &visitors, Some((&flood, flood.kind)), true, window).await?;
        eprintln!("measured: {}", flood.title);
        floods.push(Measured { title: flood.title, rate: flood.rate, rounds, arriving });
    }
    Ok(floods)
}

/// The server's answers to large headers: what was sent, and the status of a route with a session and of one
/// without.
pub async fn edges(address: SocketAddr) -> anyhow::Result<Vec<(&'static str, u16, u16)>> {
    let mut edges = Vec::new();
    for (what, cookies) in [
        ("one cookie of 64 KB", vec![long_cookie(DIRECT, 64 << 10)]),
        ("64 KB in 16 fields", fields(DIRECT, 16, 64 << 10)),
        ("64 KB in 99 fields beside `Host`", fields(DIRECT, 99, 64 << 10)),
        ("64 KB in 100 fields beside `Host`", fields(DIRECT, 100, 64 << 10)),
        ("one cookie of 384 KB", vec![long_cookie(DIRECT, 384 << 10)]),
        ("one cookie of 512 KB", vec![long_cookie(DIRECT, 512 << 10)]),
    ] {
        let mut connection = Connection::new(address);
        let session = connection.send(&get(DIRECT, &cookies)).await?.status;
        let plain = connection.send(&get(PLAIN, &cookies)).await?.status;
        edges.push((what, session, plain));
    }
    Ok(edges)
}
