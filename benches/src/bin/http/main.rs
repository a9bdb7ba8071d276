//! The HTTP comparison: `http OUTPUT.json [--smoke]`. Starts the servers, loads each route of each with `wrk`, several
//! rounds in turn, and writes what every round saw as JSON. With at least two processors the servers have the first, of
//! which all but one wait, and `wrk` and Redis the second.

mod load;
mod pinned;
mod rounds;
mod server;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use unjwt_benches::routes::{SERVERS, TOWER_SESSIONS_REDIS};
use unjwt_store_servers::RedisServer;

use rounds::Plan;

const SECOND: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let smoke = arguments.iter().any(|argument| argument == "--smoke");
    let Some(output) = arguments.iter().find(|argument| !argument.starts_with('-')) else {
        eprintln!("usage: http OUTPUT.json [--smoke]");
        return ExitCode::FAILURE;
    };
    let plan = if smoke {
        Plan { rounds: 1, check: SECOND, measure: None }
    } else {
        Plan { rounds: 5, check: SECOND, measure: Some([4 * SECOND, 15 * SECOND]) }
    };
    let redis = RedisServer::start();
    if let Some(redis) = &redis {
        let info = redis.command(&["INFO", "server"]);
        if let Some(process) = info.lines().find_map(|line| line.strip_prefix("process_id:")) {
            pinned::pin("1", process.trim());
        }
    }
    let redis = redis.as_ref().map(RedisServer::url);
    match rounds::measure(&plan, &servers(redis.as_deref())) {
        Ok(seen) => {
            std::fs::write(output, rounds::json(&seen).to_string()).expect("a file that can be written");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Returns the servers that this machine can start, by name and the address of their Redis.
fn servers(redis: Option<&str>) -> Vec<(&'static str, Option<&str>)> {
    let mut servers = Vec::new();
    for name in SERVERS {
        match name {
            "node" if !Path::new(server::NODE_MODULES).exists() => {
                eprintln!("no Node: {} is not there", server::NODE_MODULES);
            }
            TOWER_SESSIONS_REDIS if redis.is_none() => eprintln!("no Redis: {name} is left out"),
            TOWER_SESSIONS_REDIS => servers.push((name, redis)),
            _ => servers.push((name, None)),
        }
    }
    servers
}
