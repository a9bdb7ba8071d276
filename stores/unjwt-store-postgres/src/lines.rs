//! A few connections, for which calls wait in a bounded queue and only until their deadline.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_postgres::error::Severity;
use tokio_postgres::{Client, Config, Error};

use crate::dial::Dial;
use crate::query::{Answer, Query};

/// The number of calls that may wait for a connection.
const QUEUE: usize = 1024;

/// The number of times that a statement which only reads is asked, each time on another connection.
const READS: usize = 3;

pub(crate) struct Lines {
    pool: Pool,
    dial: Arc<dyn Dial>,
    deadline: Duration,
    queue: Semaphore,
}

/// The reason for an outage.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{QUEUE} calls already wait for a connection to Postgres")]
    Queue,
    #[error("no connection to Postgres was free or could be made within {0:?}")]
    NoConnection(Duration),
    #[error("Postgres cannot be reached")]
    Unreachable(#[source] Error),
    #[error("Postgres did not answer within {0:?}")]
    NoAnswer(Duration),
    #[error("the connection to Postgres broke")]
    Broken(#[source] Error),
    #[error("Postgres refused the statement")]
    Refused(#[source] Error),
    #[error("the pool of connections to Postgres is closed")]
    Closed,
    #[error("the tokio runtime ended before Postgres answered")]
    RuntimeEnded,
}

impl Lines {
    pub(crate) fn new(
        config: Config,
        dial: Arc<dyn Dial>,
        connections: usize,
        deadline: Duration,
    ) -> Result<Self, deadpool_postgres::BuildError> {
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_connect(config, Dialer(Arc::clone(&dial)), recycling);
        let pool = Pool::builder(manager).max_size(connections).build()?;
        Ok(Self { pool, dial, deadline, queue: Semaphore::new(QUEUE) })
    }

    /// Runs the statement, and then, on the same connection but no longer in the caller's time, the one that `after`
    /// returns.
    pub(crate) async fn ask(
        self: &Arc<Self>,
        query: Query,
        after: impl Fn(&Answer) -> Option<Query> + Clone + Send + 'static,
    ) -> Result<Answer, Failure> {
        let by = Instant::now() + self.deadline;
        let query = Arc::new(query);
        let mut reads = 1;
        loop {
            let line = self.line(by).await?;
            match self.exchange(line, Arc::clone(&query), by, after.clone()).await {
                // A write may have happened, so that its second answer would not be that of the first.
                Err(Failure::Broken(_)) if query.repeatable && reads < READS => reads += 1,
                answer => return answer,
            }
        }
    }

    /// Returns a connection of the pool, or makes one.
    async fn line(&self, by: Instant) -> Result<Object, Failure> {
        let _place = self.queue.try_acquire().map_err(|_| Failure::Queue)?;
        match timeout_at(by, self.pool.get()).await {
            Ok(Ok(line)) => Ok(line),
            Ok(Err(PoolError::Backend(error))) => Err(Failure::Unreachable(error)),
            Ok(Err(_)) => Err(Failure::Closed),
            Err(_) => Err(Failure::NoConnection(self.deadline)),
        }
    }

    /// Runs the statement in a task, so that a caller that stops waiting neither breaks a connection nor leaves one to
    /// others in the middle of an answer.
    async fn exchange(
        self: &Arc<Self>,
        line: Object,
        query: Arc<Query>,
        by: Instant,
        after: impl Fn(&Answer) -> Option<Query> + Send + 'static,
    ) -> Result<Answer, Failure> {
        let (tell, told) = oneshot::channel();
        let lines = Arc::clone(self);
        tokio::spawn(async move {
            let answer = lines.within(&line, &query, by).await;
            let next = answer.as_ref().ok().and_then(after);
            let mut state = lines.note(&answer);
            // The caller may be gone.
            let _ = tell.send(answer);
            if let Some(next) = next {
                let by = Instant::now() + lines.deadline;
                state = lines.note(&lines.within(&line, &next, by).await);
            }
            lines.give_back(line, state).await;
        });
        told.await.unwrap_or(Err(Failure::RuntimeEnded))
    }

    async fn within(&self, line: &Client, query: &Query, by: Instant) -> Result<Answer, Failure> {
        match timeout_at(by, query.run(line)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) if refusal(&error) => Err(Failure::Refused(error)),
            Ok(Err(error)) => Err(Failure::Broken(error)),
            Err(_) => Err(Failure::NoAnswer(self.deadline)),
        }
    }

    /// Returns the state of the connection. If it broke, those that nobody uses at the moment may be broken, too, and are
    /// dropped before the caller asks again.
    fn note(&self, answer: &Result<Answer, Failure>) -> State {
        let state = State::of(answer);
        if state != State::Idle {
            self.pool.retain(|_, _| false);
        }
        state
    }

    async fn give_back(&self, line: Object, state: State) {
        if state == State::Idle {
            return;
        }
        if state == State::Waiting {
            // The server would go on, and notice only then that nobody listens: without this, one lock held for long
            // would use up its connections. The place in the pool stays taken meanwhile.
            let _ = timeout(self.deadline, self.dial.cancel(line.cancel_token())).await;
        }
        drop(Object::take(line));
    }
}

/// The state of a connection after a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Broken,
    Waiting,
}

impl State {
    fn of(answer: &Result<Answer, Failure>) -> Self {
        match answer {
            Ok(_) | Err(Failure::Refused(_)) => Self::Idle,
            Err(Failure::NoAnswer(_)) => Self::Waiting,
            Err(_) => Self::Broken,
        }
    }
}

/// Returns whether the server refused the statement and goes on with the connection.
fn refusal(error: &Error) -> bool {
    error.as_db_error().is_some_and(|error| error.parsed_severity() == Some(Severity::Error))
}

/// [`Dial`] as the pool calls it.
struct Dialer(Arc<dyn Dial>);

impl deadpool_postgres::Connect for Dialer {
    fn connect(
        &self,
        config: &Config,
    ) -> Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), Error>> + Send + '_>> {
        let config = config.clone();
        Box::pin(async move { self.0.connect(&config, None).await })
    }
}
