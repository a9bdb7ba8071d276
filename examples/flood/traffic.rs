//! Visitors, and a flood beside them, for a limited time.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::client::{Connection, get};
use crate::forge::Flood;
use crate::server::{KINDS, PASSWORD, RSA};

/// The number of browsers for each kind of session.
const VISITORS: usize = 4;
/// More than fit in the server's queue, so that the flood continues beside those that wait.
const FLOODING: usize = 64;
/// The time between two logins of a newcomer.
const BETWEEN_LOGINS: Duration = Duration::from_millis(250);
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);
/// Longer than any answer takes, including a full queue before it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// When the measurement starts and ends.
#[derive(Clone, Copy)]
pub struct Window {
    pub head_start: Duration,
    pub measured: Duration,
}

/// The results.
#[derive(Default)]
pub struct Phase {
    /// The visitors' requests per second.
    pub throughput: f64,
    /// The time within which 99 of 100 of them were answered.
    pub p99: Duration,
    /// The flood's answered requests per second.
    pub flooded: f64,
    /// The number of answers to the flood, by status.
    pub statuses: BTreeMap<u16, u64>,
    /// The logins that were followed by a successful first request, and the number of all logins.
    pub newcomers: (u64, u64),
}

/// The requests that each visitor's browser sends, repeatedly. It has been here before.
pub async fn visitors(address: SocketAddr) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut requests = Vec::new();
    for kind in KINDS {
        for _ in 0..VISITORS {
            let mut connection = Connection::new(address);
            let cookie = connection.log_in(kind, 32).await?.context("no login on an idle server")?;
            let request = get(kind, &[cookie]);
            let status = connection.send(&request).await?.status;
            ensure!(status == 200, "a visitor was answered {status}");
            requests.push(request);
        }
    }
    Ok(requests)
}

/// Runs the visitors as fast as they are answered, and beside them the flood at its rate, aimed at this path.
pub async fn run(
    address: SocketAddr,
    visitors: &[Vec<u8>],
    flood: Option<(&Arc<Flood>, &str)>,
    with_newcomers: bool,
    window: Window,
) -> anyhow::Result<Phase> {
    let from = Instant::now() + window.head_start;
    let until = from + window.measured;

    let statuses = Arc::new(Mutex::new(BTreeMap::new()));
    let newcomers = Arc::new(Mutex::new((0, 0)));
    // These end when this set is dropped.
    let mut beside = JoinSet::new();
    if let Some((flood, path)) = flood {
        let pace = Arc::new(Pace::new(flood.rate));
        for _ in 0..FLOODING {
            let (flood, path) = (Arc::clone(flood), path.to_owned());
            beside.spawn(send_flood(address, flood, path, Arc::clone(&pace), from, Arc::clone(&statuses)));
        }
    }
    if with_newcomers {
        for kind in [PASSWORD, RSA] {
            beside.spawn(keep_arriving(address, kind, from, Arc::clone(&newcomers)));
        }
    }

    let mut visiting = JoinSet::new();
    for request in visitors {
        visiting.spawn(visit(address, request.clone(), from, until));
    }
    let mut times = Vec::new();
    while let Some(visited) = timeout(PATIENCE, visiting.join_next()).await.context("no answer any more")? {
        times.extend(visited??);
    }
    // The flood was answered too, however short the time was.
    let flooded = async {
        while flood.is_some() && lock(&statuses).is_empty() && !beside.is_empty() {
            sleep(BETWEEN_LOOKS).await;
        }
    };
    timeout(PATIENCE, flooded).await.context("the flood is not answered")?;
    let ended = from.elapsed().as_secs_f64();
    if let Some(ended) = beside.try_join_next() {
        match ended?? {}
    }

    let statuses = lock(&statuses).clone();
    let newcomers = *lock(&newcomers);
    Ok(Phase {
        throughput: times.len() as f64 / window.measured.as_secs_f64(),
        p99: p99(&mut times),
        flooded: statuses.values().sum::<u64>() as f64 / ended,
        statuses,
        newcomers,
    })
}

/// One connection of the flood, without end; counts the answers.
async fn send_flood(
    address: SocketAddr,
    flood: Arc<Flood>,
    path: String,
    pace: Arc<Pace>,
    from: Instant,
    statuses: Arc<Mutex<BTreeMap<u16, u64>>>,
) -> anyhow::Result<Infallible> {
    let expected = if path == flood.kind { flood.expected } else { &[200] };
    let mut connection = Connection::new(address);
    loop {
        pace.turn().await;
        let status = connection.send(&flood.request(&path)?).await?.status;
        ensure!(expected.contains(&status), "{} at /{path}: {status}", flood.title);
        if Instant::now() >= from {
            *lock(&statuses).entry(status).or_default() += 1;
        }
    }
}

/// One newcomer after the other, without end; counts those who get in, and all.
async fn keep_arriving(
    address: SocketAddr,
    kind: &str,
    from: Instant,
    newcomers: Arc<Mutex<(u64, u64)>>,
) -> anyhow::Result<Infallible> {
    loop {
        sleep(BETWEEN_LOGINS).await;
        let served = arrive(&mut Connection::new(address), kind).await?;
        if Instant::now() >= from {
            let mut newcomers = lock(&newcomers);
            newcomers.0 += u64::from(served);
            newcomers.1 += 1;
        }
    }
}

/// One browser until the end, with at least one request; records how long each of the measured requests took.
async fn visit(
    address: SocketAddr,
    request: Vec<u8>,
    from: Instant,
    until: Instant,
) -> anyhow::Result<Vec<Duration>> {
    let mut connection = Connection::new(address);
    let mut times = Vec::new();
    loop {
        let sent = Instant::now();
        if sent >= until && !times.is_empty() {
            return Ok(times);
        }
        let status = connection.send(&request).await?.status;
        ensure!(status == 200, "a visitor was answered {status}");
        if sent >= from {
            times.push(sent.elapsed());
        }
    }
}

/// A login, and the first request with the new session, which is not cached yet.
async fn arrive(connection: &mut Connection, kind: &str) -> anyhow::Result<bool> {
    let Some(cookie) = connection.log_in(kind, 32).await? else { return Ok(false) };
    let status = connection.send(&get(kind, &[cookie])).await?.status;
    ensure!(status == 200 || status == 503, "a newcomer was answered {status}");
    Ok(status == 200)
}

fn p99(times: &mut [Duration]) -> Duration {
    let nth = times.len() * 99 / 100;
    if nth == 0 {
        return Duration::ZERO;
    }
    *times.select_nth_unstable(nth).1
}

/// A panic leaves behind at most a number that is one too low.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ticks at a fixed interval, for all connections together. A missed tick is not made up for.
pub struct Pace {
    distance: Duration,
    next: Mutex<Instant>,
}

impl Pace {
    pub fn new(rate: u32) -> Self {
        Self { distance: Duration::from_secs(1) / rate, next: Mutex::new(Instant::now()) }
    }

    pub async fn turn(&self) {
        let due = {
            let mut next = lock(&self.next);
            let due = (*next).max(Instant::now());
            *next = due + self.distance;
            due
        };
        sleep_until(due).await;
    }
}
