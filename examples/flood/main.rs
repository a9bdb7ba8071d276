//! Floods a server with expensive requests, and measures what its visitors notice.
//!
//! Continue with `rounds.rs`, which has the measurements. `server.rs` is the server, and `forge.rs` has the
//! floods.

#![allow(unreachable_pub, reason = "a program has no outside: `pub` says what its other modules use")]

mod client;
mod crowd;
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

use crowd::Crowd;
use process::Server;
use rounds::Plan;

const USAGE: &str = "usage: flood [--smoke | report | remembered | serve]

  flood          measures and prints: about ten minutes
  flood report   the same, and writes the figures into the documentation's page and SECURITY.md
  flood remembered
                 measures only whose tokens are remembered, and writes that into the page
  flood --smoke  sees that every kind of request gets its answer: a few seconds
  flood serve    the server alone; it ends when its standard input does";

const CROWD: Crowd = Crowd {
    browsers: 1_000,
    attackers: 20_000,
    visits: 1_000,
    rate: 5_000,
    warm_up: Duration::from_secs(45),
    measured: Duration::from_secs(15),
};

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
            let crowd = Crowd {
                browsers: 20,
                attackers: 20,
                visits: 200,
                rate: 200,
                warm_up: Duration::from_secs(1),
                measured: Duration::from_millis(500),
            };
            println!("{}", crowd::run(&crowd).await?);
            Ok(())
        }
        Some("remembered") => {
            let remembered = crowd::run(&CROWD).await?;
            println!("{remembered}");
            report::write_remembered(&remembered)?;
            remembered.judge()
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
            let remembered = crowd::run(&CROWD).await?;
            println!("{report}\n{remembered}");
            if mode.is_some() {
                report::write_into_pages(&report)?;
                report::write_remembered(&remembered)?;
            }
            report.judge()?;
            remembered.judge()
        }
        Some("-h" | "--help") => {
            println!("{USAGE}");
            Ok(())
        }
        Some(unknown) => bail!("what is `{unknown}`?\n{USAGE}"),
    }
}

async fn measure(plan: &Plan) -> anyhow::Result<report::Report> {
    // A separate server for each, so that the measurements do not affect each other.
    let server = Server::start().await?;
    let edges = rounds::edges(server.address()).await?;
    let floods = rounds::run(server.address(), plan).await?;
    drop(server);
    let server = Server::start().await?;
    let memory = memory::run(&server, plan).await?;
    Ok(report::Report { edges, floods, memory, requests: plan.requests })
}
