//! The server's memory, threads and open files while it answers a great many requests.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, ensure};
use tokio::task::JoinSet;

use crate::client::{Connection, get};
use crate::forge::Flood;
use crate::process::{Holdings, Server};
use crate::rounds::Plan;
use crate::server::{DIRECT, LOOKED_UP};
use crate::traffic::{self, lock};

/// A note that makes a session need more than one cookie.
const CHUNKED_NOTE: usize = 6_000;
/// The number of sessions whose key a hook makes, used in turn.
const LOOKED_UP_SESSIONS: usize = 256;
/// Connections for each of the other kinds of requests.
const OF_EACH: usize = 2;

/// The resources that were held after each percentage of the requests.
pub struct Memory {
    pub samples: Vec<(u64, Holdings)>,
}

/// The requests that one connection sends.
enum Sends {
    This(Vec<u8>, u16),
    /// One after the other.
    These(Vec<Vec<u8>>),
    Flood(Arc<Flood>),
}

/// Sends this many requests, over connections that each send one kind: visitors, sessions in chunks, chunk
/// sets with a gap, sessions whose key a hook makes, and all the floods, without a rate limit. Slow kinds
/// make up less of the number than quick ones.
pub async fn run(server: &Server, plan: &Plan) -> anyhow::Result<Memory> {
    let address = server.address();
    let count = Arc::new(AtomicU64::new(0));
    let marks = [10, 50].map(|percent| (percent, plan.requests * percent / 100));
    let mut tasks = JoinSet::new();
    let holdings = Arc::new(Mutex::new(Vec::new()));
    for sends in all(address).await? {
        let (count, holdings) = (Arc::clone(&count), Arc::clone(&holdings));
        let (watch, total) = (server.watch(), plan.requests);
        tasks.spawn(async move {
            let mut connection = Connection::new(address);
            loop {
                let nth = count.fetch_add(1, Ordering::Relaxed);
                if nth >= total {
                    // Stays open until the last sample is taken.
                    return anyhow::Ok(connection);
                }
                if let Some((percent, _)) = marks.iter().find(|(_, mark)| *mark == nth) {
                    let held = watch.holdings()?;
                    lock(&holdings).push((*percent, held));
                }
                match &sends {
                    Sends::This(request, expected) => {
                        let status = connection.send(request).await?.status;
                        ensure!(status == *expected, "{status} in the place of {expected}");
                    }
                    Sends::These(requests) => {
                        let nth = usize::try_from(nth)? % requests.len();
                        let request = requests.get(nth).context("no request")?;
                        let status = connection.send(request).await?.status;
                        ensure!(status == 200, "{status} in the place of 200");
                    }
                    Sends::Flood(flood) => {
                        let status = connection.send(&flood.request(flood.kind)?).await?.status;
                        ensure!(flood.expected.contains(&status), "{}: {status}", flood.title);
                    }
                }
            }
        });
    }
    let mut open = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        open.push(ended??);
    }
    let mut samples = std::mem::take(&mut *lock(&holdings));
    samples.sort_by_key(|(percent, _)| *percent);
    samples.push((100, server.watch().holdings()?));
    Ok(Memory { samples })
}

async fn all(address: SocketAddr) -> anyhow::Result<Vec<Sends>> {
    let mut all: Vec<_> =
        traffic::visitors(address).await?.into_iter().map(|request| Sends::This(request, 200)).collect();
    let whole = Connection::new(address).log_in(DIRECT, CHUNKED_NOTE).await?.context("no login")?;
    let (gap, _) = whole.rsplit_once("; ").context("a session in one cookie")?;
    let floods: Vec<_> = Flood::all(address).await?.into_iter().map(Arc::new).collect();
    let mut looked_up = Vec::new();
    for note in 0..LOOKED_UP_SESSIONS {
        let cookie = Connection::new(address).log_in(LOOKED_UP, note).await?.context("no login")?;
        looked_up.push(get(LOOKED_UP, &[cookie]));
    }
    for _ in 0..OF_EACH {
        all.push(Sends::These(looked_up.clone()));
        all.push(Sends::This(get(DIRECT, &[&whole]), 200));
        all.push(Sends::This(get(DIRECT, &[gap]), 401));
        all.extend(floods.iter().cloned().map(Sends::Flood));
    }
    Ok(all)
}
