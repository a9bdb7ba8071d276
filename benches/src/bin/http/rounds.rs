//! The rounds of the comparison.
//!
//! A round measures each route of each server once, a route on all servers before the next route, so that what the
//! machine does meanwhile meets all of them. Every second round has the opposite order. Each has new processes.

use std::time::Duration;

use serde_json::json;
use unjwt_benches::routes::{ROUTES, SERVERS};

use super::load::{self, Load, Replies};
use super::server::Server;

pub(crate) struct Plan {
    pub(crate) rounds: usize,
    /// The time before each measurement in which the replies are checked.
    pub(crate) check: Duration,
    /// The times for a route and for `/password`, where a derivation for each connection can take seconds. `None` to take
    /// the check for the measurement.
    pub(crate) measure: Option<[Duration; 2]>,
}

/// The figures of one route in one round.
pub(crate) struct Seen {
    server: &'static str,
    route: &'static str,
    load: Load,
    cpu: Duration,
}

pub(crate) fn measure(plan: &Plan, servers: &[(&'static str, Option<&str>)]) -> Result<Vec<Seen>, String> {
    let mut seen = Vec::new();
    for round in 0..plan.rounds {
        let running = servers
            .iter()
            .map(|(name, redis)| Ok((*name, Server::start(name, *redis)?)))
            .collect::<Result<Vec<_>, String>>()?;
        running.iter().try_for_each(|(_, server)| server.rest())?;
        let turns = ROUTES.into_iter().flat_map(|route| running.iter().map(move |one| (route, one)));
        let mut turns: Vec<_> = turns.collect();
        if round % 2 == 1 {
            turns.reverse();
        }
        for (route, (name, server)) in turns {
            let Some((load, cpu)) = turn(plan, server, route).map_err(|error| format!("{name}: {error}"))?
            else {
                continue;
            };
            eprintln!(
                "round {} {name} /{route}: {:.2} µs, {:.0} requests/s",
                round + 1,
                cpu_micros(load, cpu),
                load.per_second
            );
            seen.push(Seen { server: name, route, load, cpu });
        }
    }
    Ok(seen)
}

/// Returns what the load was and what it took of the server's processor; `None` where there is no such route.
fn turn(plan: &Plan, server: &Server, route: &str) -> Result<Option<(Load, Duration)>, String> {
    let Some(cookies) = server.login(route)? else { return Ok(None) };
    let load = |time, replies| -> Result<(Load, Duration), String> {
        let before = server.cpu()?;
        let load = load::run(server.port(), route, &cookies, time, replies)?;
        let cpu = server.cpu()? - before;
        server.rest()?;
        Ok((load, cpu))
    };
    server.rest()?;
    let checked = load(plan.check, Replies::Checked)?;
    let Some([usual, password]) = plan.measure else { return Ok(Some(checked)) };
    load(if route == "password" { password } else { usual }, Replies::Counted).map(Some)
}

fn cpu_micros(load: Load, cpu: Duration) -> f64 {
    cpu.as_secs_f64() * 1e6 / load.requests.max(1) as f64
}

/// Returns the rounds of each route of each server, in the order of the tables.
pub(crate) fn json(seen: &[Seen]) -> serde_json::Value {
    let mut rows = Vec::new();
    for server in SERVERS {
        for route in ROUTES {
            let rounds: Vec<_> = seen
                .iter()
                .filter(|one| one.server == server && one.route == route)
                .map(|one| {
                    json!({
                        "cpu_micros": cpu_micros(one.load, one.cpu),
                        "per_second": one.load.per_second,
                        "p99_micros": one.load.p99.as_secs_f64() * 1e6,
                    })
                })
                .collect();
            if !rounds.is_empty() {
                rows.push(json!({ "server": server, "route": route, "rounds": rounds }));
            }
        }
    }
    rows.into()
}
