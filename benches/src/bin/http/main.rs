//! The HTTP comparison: `http OUTPUT.json [--smoke]`. Starts each server, loads each of its routes with `wrk`, three rounds in
//! turn, and writes the medians as JSON. With at least two processors the server has the first and `wrk` the second.

mod load;
mod server;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;
use unjwt_benches::routes::{ROUTES, SERVERS};

use load::Load;
use server::Server;

struct Plan {
    rounds: usize,
    /// Before anything is measured.
    warm_up: Option<Duration>,
    per_route: Duration,
    /// A derivation for each of the connections takes seconds.
    password: Duration,
}

/// What one round saw of one route.
struct Seen {
    server: &'static str,
    route: &'static str,
    load: Load,
    cpu: Duration,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let smoke = arguments.iter().any(|argument| argument == "--smoke");
    let Some(output) = arguments.iter().find(|argument| !argument.starts_with('-')) else {
        eprintln!("usage: http OUTPUT.json [--smoke]");
        return ExitCode::FAILURE;
    };
    let plan = if smoke {
        let second = Duration::from_secs(1);
        Plan { rounds: 1, warm_up: None, per_route: second, password: second }
    } else {
        Plan {
            rounds: 3,
            warm_up: Some(Duration::from_secs(1)),
            per_route: Duration::from_secs(4),
            password: Duration::from_secs(15),
        }
    };
    match measure(&plan) {
        Ok(seen) => {
            std::fs::write(output, medians(&seen).to_string()).expect("a file that can be written");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(plan: &Plan) -> Result<Vec<Seen>, String> {
    let mut seen = Vec::new();
    for round in 0..plan.rounds {
        for name in SERVERS {
            if name == "node" && !Path::new(server::NODE_MODULES).exists() {
                if round == 0 {
                    eprintln!("no Node: {} is not there", server::NODE_MODULES);
                }
                continue;
            }
            let server = Server::start(name)?;
            for route in ROUTES {
                let Some(cookies) = server.login(route)? else { continue };
                if let Some(time) = plan.warm_up {
                    load::run(server.port(), route, &cookies, time)?;
                }
                let time = if route == "password" { plan.password } else { plan.per_route };
                let before = server.cpu()?;
                let load = load::run(server.port(), route, &cookies, time)?;
                let cpu = server.cpu()? - before;
                eprintln!("round {} {name} /{route}: {:.0} requests/s", round + 1, load.per_second);
                seen.push(Seen { server: name, route, load, cpu });
            }
        }
    }
    Ok(seen)
}

fn medians(seen: &[Seen]) -> serde_json::Value {
    let mut rows = Vec::new();
    for server in SERVERS {
        for route in ROUTES {
            let of = |value: fn(&Seen) -> f64| {
                let mine = seen.iter().filter(|one| one.server == server && one.route == route);
                median(mine.map(value).collect())
            };
            let Some(per_second) = of(|one| one.load.per_second) else { continue };
            rows.push(json!({
                "server": server,
                "route": route,
                "per_second": per_second,
                "p99_micros": of(|one| one.load.p99.as_secs_f64() * 1e6),
                "cpu_micros": of(|one| one.cpu.as_secs_f64() * 1e6 / one.load.requests.max(1) as f64),
            }));
        }
    }
    rows.into()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
