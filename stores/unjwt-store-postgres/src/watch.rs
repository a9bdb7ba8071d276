//! Changes by other processes, by `LISTEN`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_postgres::{Client, Config, Error};
use unjwt_store::{ChangeSender, Changes, Key};

use crate::dial::{Dial, Listener};
use crate::setup::Ending;

/// The number of keys that one watcher may leave unread.
const UNREAD: usize = 1024;

/// The longest time that a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// The pause before another connection.
const PAUSE: Duration = Duration::from_secs(1);

/// The time between two looks of the listener whether anybody still watches.
const LOOK: Duration = Duration::from_secs(30);

/// The watchers of a store, with one connection for all of them.
pub(crate) struct Watch {
    shared: Arc<Shared>,
    /// The runtime in which the store connected, for a caller outside of one.
    runtime: Handle,
}

struct Shared {
    config: Config,
    dial: Arc<dyn Dial>,
    channel: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    watchers: Vec<ChangeSender>,
    listener: Option<JoinHandle<()>>,
}

impl Watch {
    /// Must be called in a runtime.
    pub(crate) fn new(config: Config, dial: Arc<dyn Dial>, channel: String) -> Self {
        let shared = Arc::new(Shared { config, dial, channel, state: Mutex::default() });
        Self { shared, runtime: Handle::current() }
    }

    pub(crate) fn changes(&self) -> Changes {
        let (sender, changes) = Changes::channel(UNREAD);
        let mut state = self.shared.state();
        state.watchers.push(sender);
        if state.listener.as_ref().is_none_or(JoinHandle::is_finished) {
            let runtime = Handle::try_current().unwrap_or_else(|_| self.runtime.clone());
            state.listener = Some(runtime.spawn(listen(Arc::clone(&self.shared))));
        }
        changes
    }
}

/// Ends the listener, and with the last of the watchers' senders their [`Changes`].
impl Drop for Watch {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.watchers.clear();
        if let Some(listener) = state.listener.take() {
            listener.abort();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, payload: &str) {
        if let Some(key) = Key::parse(payload) {
            self.state().watchers.retain(|watcher| watcher.send(key));
        }
    }

    /// Returns whether anybody watches. If not, the next watcher starts another listener.
    fn watched(&self) -> bool {
        let mut state = self.state();
        state.watchers.retain(|watcher| !watcher.is_closed());
        if state.watchers.is_empty() {
            state.listener = None;
        }
        !state.watchers.is_empty()
    }
}

/// Listens until nobody watches, over as many connections as it takes.
async fn listen(shared: Arc<Shared>) {
    while shared.watched() {
        if let Ok(Ok((_client, mut connection))) = timeout(CONNECT, connect(&shared)).await {
            // A connection that is silent because nothing changes looks like one that is dead: TCP's keepalive tells.
            while timeout(LOOK, &mut connection.0).await.is_err() {
                if !shared.watched() {
                    return;
                }
            }
        }
        sleep(PAUSE).await;
    }
}

/// The connection lasts as long as its client.
async fn connect(shared: &Arc<Shared>) -> Result<(Client, Ending), Error> {
    let listener: Listener = {
        let shared = Arc::clone(shared);
        Arc::new(move |payload| shared.tell(payload))
    };
    let (client, task) = shared.dial.connect(&shared.config, Some(listener)).await?;
    let connection = Ending(task);
    client.batch_execute(&format!("LISTEN \"{}\"", shared.channel)).await?;
    Ok((client, connection))
}
