//! Browsers that come now and then, beside attackers who have a great many valid sessions of their own: how often the server
//! still remembers the browsers' tokens.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::client::{Connection, get};
use crate::process::Server;
use crate::server::{READ, REMEMBERED, SIGNED};
use crate::traffic::{PATIENCE, Pace};

/// The browsers keep at least this share of hits while they are flooded.
const HITS: f64 = 0.5;
/// The characters that each session keeps.
const NOTE: usize = 100;
const CONNECTIONS: usize = 16;

/// The numbers of sessions and of requests.
pub struct Crowd {
    pub browsers: usize,
    pub attackers: usize,
    /// The requests per second of all browsers, and of the attackers.
    pub visits: u32,
    pub rate: u32,
    pub warm_up: Duration,
    pub measured: Duration,
}

/// The times that the attackers present each of their tokens before the next one. One that comes once is not remembered, and
/// fifteen is the most that is ever asked.
const TIMES: [usize; 3] = [1, 2, 15];

pub struct Remembered {
    browsers: usize,
    rows: Vec<Row>,
}

struct Row {
    /// `None` without attackers.
    times: Option<usize>,
    /// The attackers' answered requests per second.
    flooded: f64,
    hits: f64,
}

/// Measures once without attackers, and once for each of their habits.
pub async fn run(crowd: &Crowd) -> anyhow::Result<Remembered> {
    let mut rows = Vec::new();
    for times in [None].into_iter().chain(TIMES.map(Some)) {
        let server = Server::start().await?;
        let browsers = Arc::new(logged_in(server.address(), crowd.browsers).await?);
        let mut sending = JoinSet::new();
        let until = Instant::now() + crowd.warm_up + crowd.measured;
        let from = until - crowd.measured;
        let visits = Arc::new(Sender::new(browsers, 1, crowd.visits));
        start(&mut sending, server.address(), &visits, from, until);
        let attack = match times {
            Some(times) => {
                let own = logged_in(server.address(), crowd.attackers).await?;
                Some(Arc::new(Sender::new(Arc::new(own), times, crowd.rate)))
            }
            None => None,
        };
        if let Some(attack) = &attack {
            start(&mut sending, server.address(), attack, from, until);
        }
        while let Some(ended) = timeout(PATIENCE, sending.join_next()).await.context("no answer any more")? {
            ended??;
        }
        let count = |of: &AtomicU64| of.load(Ordering::Relaxed) as f64;
        let flooded = attack.map_or(0.0, |attack| count(&attack.answers) / crowd.measured.as_secs_f64());
        rows.push(Row { times, flooded, hits: count(&visits.hits) / count(&visits.answers).max(1.0) });
    }
    Ok(Remembered { browsers: crowd.browsers, rows })
}

/// Logs in so many times, and returns the requests that the sessions send.
async fn logged_in(address: SocketAddr, count: usize) -> anyhow::Result<Vec<Vec<u8>>> {
    let path = format!("{SIGNED}/remembered");
    let mut connection = Connection::new(address);
    let mut requests = Vec::with_capacity(count);
    for _ in 0..count {
        let cookie = connection.log_in(SIGNED, NOTE).await?.context("no login on an idle server")?;
        requests.push(get(&path, &[cookie]));
    }
    Ok(requests)
}

/// Requests that are sent one after the other, each so many times, at a rate.
struct Sender {
    requests: Arc<Vec<Vec<u8>>>,
    times: usize,
    next: AtomicU64,
    pace: Pace,
    answers: AtomicU64,
    hits: AtomicU64,
}

impl Sender {
    fn new(requests: Arc<Vec<Vec<u8>>>, times: usize, rate: u32) -> Self {
        let (next, answers, hits) = Default::default();
        Self { requests, times, next, pace: Pace::new(rate), answers, hits }
    }

    fn next(&self) -> anyhow::Result<&[u8]> {
        let nth = usize::try_from(self.next.fetch_add(1, Ordering::Relaxed))? / self.times;
        Ok(self.requests.get(nth % self.requests.len().max(1)).context("no request")?)
    }
}

/// Sends the requests over several connections, and counts the answers after `from`.
fn start(
    sending: &mut JoinSet<anyhow::Result<()>>,
    address: SocketAddr,
    sender: &Arc<Sender>,
    from: Instant,
    until: Instant,
) {
    for _ in 0..CONNECTIONS {
        let sender = Arc::clone(sender);
        sending.spawn(async move {
            let mut connection = Connection::new(address);
            loop {
                sender.pace.turn().await;
                let now = Instant::now();
                if now >= until {
                    return Ok(());
                }
                let status = connection.send(sender.next()?).await?.status;
                ensure!([REMEMBERED, READ].contains(&status), "a valid session was answered {status}");
                if now >= from {
                    sender.answers.fetch_add(1, Ordering::Relaxed);
                    sender.hits.fetch_add(u64::from(status == REMEMBERED), Ordering::Relaxed);
                }
            }
        });
    }
}

impl Remembered {
    /// # Errors
    ///
    /// The promise was not kept.
    pub fn judge(&self) -> anyhow::Result<()> {
        match self.rows.iter().find(|row| row.hits < HITS) {
            Some(row) => bail!("not as promised: hits {:.2}, {:?} times each", row.hits, row.times),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Remembered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| attackers' requests a second | each of their tokens comes | hits of {} browsers |",
            self.browsers
        )?;
        writeln!(f, "|---:|---|---:|")?;
        for Row { times, flooded, hits } in &self.rows {
            let comes = match times {
                None => "–".to_owned(),
                Some(1) => "once, then the next".to_owned(),
                Some(times) => format!("{times} times, then the next"),
            };
            writeln!(f, "| {flooded:.0} | {comes} | {:.0} % |", hits * 100.0)?;
        }
        Ok(())
    }
}
