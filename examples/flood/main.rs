//! Floods a server with requests that are made to be costly, and measures what its visitors notice of it.
//!
//! Read on in `rounds.rs`: what is measured. `server.rs` is the server, `forge.rs` has the floods.

#![allow(unreachable_pub, reason = "a program has no outside: `pub` says what its other modules use")]

mod client;
mod forge;
mod memory;
mod process;
mod report;
mod rounds;
mod server;
mod summary;
mod traffic;

use std::time::Duration;

use anyhow::bail;

use process::Server;
use rounds::Plan;

const USAGE: &str = "usage: flood [--smoke | report | serve]

  flood          measures and prints: about nine minutes
  flood report   the same, and writes the figures into the documentation's page and SECURITY.md
  flood --smoke  sees that every kind of request gets its answer: a few seconds
  flood serve    the server alone; it ends when its standard input does";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mode = std::env::args().nth(1);
    match mode.as_deref() {
        Some("serve") => server::run().await,
        Some("--smoke") => {
            let plan = Plan {
                warm_up: Duration::from_millis(200),
                head_start: Duration::from_millis(50),
                measured: Duration::from_millis(250),
                rounds: 1,
                requests: 4_000,
            };
            let report = measure(&plan).await?;
            println!("{report}\n{}", summary::Summary(&report));
            Ok(())
        }
        None | Some("report") => {
            let plan = Plan {
                warm_up: Duration::from_secs(3),
                head_start: Duration::from_millis(500),
                measured: Duration::from_secs(3),
                rounds: 3,
                requests: 1_000_000,
            };
            let report = measure(&plan).await?;
            println!("{report}");
            if mode.is_some() {
                report::write_into_pages(&report)?;
            }
            report.judge()
        }
        Some("-h" | "--help") => {
            println!("{USAGE}");
            Ok(())
        }
        Some(unknown) => bail!("what is `{unknown}`?\n{USAGE}"),
    }
}

async fn measure(plan: &Plan) -> anyhow::Result<report::Report> {
    // A server each: what one measurement leaves behind is not in the other.
    let server = Server::start().await?;
    let edges = rounds::edges(server.address()).await?;
    let floods = rounds::run(server.address(), plan).await?;
    drop(server);
    let server = Server::start().await?;
    let memory = memory::run(&server, plan).await?;
    Ok(report::Report { edges, floods, memory, requests: plan.requests })
}
