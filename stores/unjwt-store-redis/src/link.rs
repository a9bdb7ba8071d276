//! A connection to one server that makes itself anew when it is lost.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use redis::{Cmd, ErrorKind, Pipeline, PushKind, Value};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::ConnectError;
use crate::dial::{Connection, Dial, Receive, with_swaps};
use crate::error::Failure;

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The time after which Sentinels are asked again whether the primary is still the same.
const SENTINEL_EVERY: Duration = Duration::from_secs(2);

/// A link. While it has no connection because an attempt has failed, calls fail at once with the reason; attempts
/// continue in the background.
pub(crate) struct Link {
    shared: Arc<Shared>,
    keeper: Mutex<JoinHandle<()>>,
}

struct Shared {
    dial: Dial,
    /// `true` if swaps have a connection of their own.
    separate_swaps: bool,
    /// The limit of one attempt, and what a connection may take to answer before it is given up.
    deadline: Duration,
    state: watch::Sender<State>,
}

/// The connection that commands use, where swaps have one of their own.
#[derive(Clone, Copy)]
pub(crate) enum Lane {
    Reads,
    Swaps,
}

enum State {
    Up(Connection),
    /// Lost, or not tried yet.
    Dialing,
    Down(ConnectError),
}

impl Link {
    /// Makes the first connection, within the deadline.
    pub(crate) async fn connect(
        dial: Dial,
        separate_swaps: bool,
        deadline: Duration,
    ) -> Result<Self, ConnectError> {
        let shared = Shared::new(dial, separate_swaps, deadline);
        let connection = shared.dial().await?;
        shared.state.send_replace(State::Up(connection));
        Ok(Self::kept(shared))
    }

    /// Returns at once, and makes the first connection in the background.
    pub(crate) fn lazy(dial: Dial, separate_swaps: bool, deadline: Duration) -> Self {
        Self::kept(Shared::new(dial, separate_swaps, deadline))
    }

    fn kept(shared: Arc<Shared>) -> Self {
        let keeper = Mutex::new(tokio::spawn(keep(Arc::downgrade(&shared), shared.state.subscribe())));
        Self { shared, keeper }
    }

    /// Sends commands and returns one reply for each; any of them may be an error of the server. Returns by `end`,
    /// whatever the server does, and gives up a connection that has not answered.
    pub(crate) async fn ask(
        &self,
        lane: Lane,
        commands: impl IntoIterator<Item = Cmd>,
        end: Instant,
    ) -> Result<(Vec<Value>, Connection), Failure> {
        let mut pipeline = Pipeline::new();
        commands.into_iter().for_each(|command| {
            pipeline.add_command(command);
        });
        let begun = Instant::now();
        let no_turn = |_| Failure::NoTurn { waited: begun.elapsed() };
        let mut connection = timeout_at(end, self.up()).await.map_err(no_turn)??;
        let sent = Instant::now();
        let redis = match (lane, &mut connection.swaps) {
            (Lane::Swaps, Some(swaps)) => swaps,
            _ => &mut connection.redis,
        };
        let replies = redis.send_packed_commands(&pipeline, 0, pipeline.len());
        let server = connection.server.to_string();
        match timeout_at(end, replies).await {
            Ok(Ok(replies)) if replies.len() == pipeline.len() => Ok((replies, connection)),
            Ok(Ok(_)) => {
                self.lose(&connection);
                Err(Failure::Broken { server, reason: "the number of answers is wrong".to_owned() })
            }
            Ok(Err(error)) => {
                self.lose(&connection);
                let reason = match error.kind() {
                    ErrorKind::Io => error.to_string(),
                    _ => error.category().to_owned(),
                };
                Err(Failure::Broken { server, reason })
            }
            Err(_) => {
                let waited = sent.elapsed();
                // One that had to wait for the connection says nothing about it.
                if 2 * waited >= self.shared.deadline {
                    self.lose(&connection);
                }
                Err(Failure::Late { server, waited })
            }
        }
    }

    /// Gives up a connection, unless it has been replaced already.
    pub(crate) fn lose(&self, connection: &Connection) {
        self.shared.lose(connection.id);
    }

    /// Returns the connection. Waits while it is being made, unless the attempt before has failed.
    async fn up(&self) -> Result<Connection, Failure> {
        let mut states = self.shared.state.subscribe();
        loop {
            match &*states.borrow_and_update() {
                State::Up(connection) => return Ok(connection.clone()),
                State::Down(error) => {
                    self.keep();
                    return Err(Failure::Down(error.clone()));
                }
                State::Dialing => (),
            }
            self.keep();
            // The sender lives as long as `self`.
            let _ = states.changed().await;
        }
    }

    /// Starts the keeper again if it ended with its runtime.
    fn keep(&self) {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        if keeper.is_finished() {
            *keeper = tokio::spawn(keep(Arc::downgrade(&self.shared), self.shared.state.subscribe()));
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner).abort();
    }
}

impl Shared {
    fn new(dial: Dial, separate_swaps: bool, deadline: Duration) -> Arc<Self> {
        Arc::new(Self { dial, separate_swaps, deadline, state: watch::Sender::new(State::Dialing) })
    }

    async fn dial(self: &Arc<Self>) -> Result<Connection, ConnectError> {
        let weak = Arc::downgrade(self);
        let receive: Receive = Arc::new(move |id, message| {
            if let (PushKind::Disconnection, Some(shared)) = (message.kind, weak.upgrade()) {
                shared.lose(id);
            }
        });
        let dial = async {
            let connection = self.dial.dial(&receive).await?;
            if self.separate_swaps { with_swaps(connection, &receive).await } else { Ok(connection) }
        };
        match timeout(self.deadline, dial).await {
            Ok(dialled) => dialled,
            Err(_) => {
                let reason = format!("no connection was made within {:?}", self.deadline);
                Err(ConnectError::unreachable(&self.dial.to_string(), reason))
            }
        }
    }

    fn lose(&self, id: u64) {
        self.state.send_if_modified(|state| match state {
            State::Up(connection) if connection.id == id => {
                *state = State::Dialing;
                true
            }
            _ => false,
        });
    }

    /// Returns whether Sentinels name another primary than the one that is connected.
    async fn moved(&self) -> Option<u64> {
        let Dial::Sentinel(sentinels) = &self.dial else { return None };
        let (id, server) = match &*self.state.borrow() {
            State::Up(connection) => (connection.id, connection.server.to_string()),
            _ => return None,
        };
        let primary = timeout(self.deadline, sentinels.primary()).await.ok()?.ok()?;
        (primary != server).then_some(id)
    }
}

/// Makes the connection whenever there is none, until the link is gone.
async fn keep(link: Weak<Shared>, mut states: watch::Receiver<State>) {
    let mut pause = Duration::ZERO;
    loop {
        let lost = timeout(SENTINEL_EVERY, states.wait_for(|state| !matches!(state, State::Up(_)))).await;
        let lost = lost.map(|state| state.is_ok());
        let Some(shared) = link.upgrade() else { return };
        match lost {
            Ok(true) => (),
            Ok(false) => return,
            Err(_) => {
                pause = Duration::ZERO;
                if let Some(id) = shared.moved().await {
                    shared.lose(id);
                }
                continue;
            }
        }
        let attempt = shared.dial().await;
        let state = match attempt {
            Ok(connection) => {
                tracing::debug!(server = %connection.server, "the store is connected");
                State::Up(connection)
            }
            Err(error) => {
                tracing::debug!(%error, "the store is not connected");
                State::Down(error)
            }
        };
        shared.state.send_replace(state);
        drop(shared);
        // Also after a success: a connection that ends at once must not be made again without a pause.
        sleep(with_jitter(pause)).await;
        pause = (2 * pause).clamp(Duration::from_millis(20), LONGEST_PAUSE);
    }
}

/// Returns between half of it and all of it, so that the processes of a service do not return in step.
fn with_jitter(pause: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish() % 1024;
    pause / 2 + pause / 2 * random as u32 / 1024
}
