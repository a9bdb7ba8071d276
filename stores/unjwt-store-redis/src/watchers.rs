//! Keys that change elsewhere.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use redis::{PushInfo, PushKind, cmd};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use unjwt_store::{ChangeSender, Changes, Key};

use crate::ConnectError;
use crate::dial::{Connection, Receive, text};
use crate::store::Inner;

/// The number of keys that one watcher may leave unread.
const UNREAD: usize = 1024;

/// The time after which the server is asked again whether the connection still works.
const PING_EVERY: Duration = Duration::from_secs(5);

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Those who watch.
#[derive(Default)]
pub(crate) struct Watchers(Mutex<State>);

#[derive(Default)]
struct State {
    senders: Vec<ChangeSender>,
    listening: bool,
}

impl Watchers {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Listens with one connection for all watchers, until none is left.
    pub(crate) fn watch(self: &Arc<Self>) -> Option<Changes> {
        let runtime = Handle::try_current().ok()?;
        let (sender, changes) = Changes::channel(UNREAD);
        let mut state = self.watchers.lock();
        state.senders.push(sender);
        if !state.listening {
            state.listening = true;
            runtime.spawn(listen(Listening { store: Arc::downgrade(self), noted: false }));
        }
        Some(changes)
    }

    fn pass_on(&self, key: Key) {
        self.watchers.lock().senders.retain(|watcher| watcher.send(key));
    }
}

/// The one who listens. Its end is noted, so that a later watcher has another one, also if its runtime ends.
struct Listening {
    store: Weak<Inner>,
    noted: bool,
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let (Some(store), false) = (self.store.upgrade(), self.noted) {
            store.watchers.lock().listening = false;
        }
    }
}

impl Listening {
    /// Returns the store, as long as somebody watches. Otherwise the end is noted before anybody else can watch.
    fn store(&mut self) -> Option<Arc<Inner>> {
        let store = self.store.upgrade()?;
        let mut state = store.watchers.lock();
        state.senders.retain(|watcher| !watcher.is_closed());
        state.listening = !state.senders.is_empty();
        self.noted = !state.listening;
        drop(state);
        (!self.noted).then_some(store)
    }
}

async fn listen(mut listening: Listening) {
    let mut pause = Duration::from_millis(20);
    for turn in 0.. {
        let Some(store) = listening.store() else { return };
        let ended = Arc::new(Notify::new());
        match subscribe(&store, turn, &ended).await {
            Ok(mut connection) => {
                tracing::debug!(server = %connection.server, "the store listens to changes");
                let deadline = store.settings.deadline;
                drop(store);
                while timeout(PING_EVERY, ended.notified()).await.is_err() {
                    pause = Duration::from_millis(20);
                    if listening.store().is_none() {
                        return;
                    }
                    let ping = cmd("PING");
                    let answer = connection.redis.send_packed_command(&ping);
                    if !timeout(deadline, answer).await.is_ok_and(|answer| answer.is_ok()) {
                        break;
                    }
                }
            }
            Err(error) => tracing::debug!(%error, "the store does not listen to changes"),
        }
        sleep(pause).await;
        pause = (2 * pause).min(LONGEST_PAUSE);
    }
}

async fn subscribe(store: &Arc<Inner>, turn: usize, ended: &Arc<Notify>) -> Result<Connection, ConnectError> {
    let (weak, ended) = (Arc::downgrade(store), Arc::clone(ended));
    let receive: Receive = Arc::new(move |_, message: PushInfo| match message.kind {
        PushKind::Disconnection => ended.notify_one(),
        PushKind::Message => {
            if let (Some(store), Some(key)) = (weak.upgrade(), changed(&message)) {
                store.pass_on(key);
            }
        }
        _ => (),
    });
    let (dial, channel) = (store.route.for_messages(turn)?, store.channel());
    let subscribed = timeout(store.settings.deadline, async {
        let mut connection = dial.dial(&receive).await?;
        let subscribed = connection.redis.subscribe(channel).await;
        subscribed.map_err(|error| ConnectError::from_handshake(&connection.server, &error))?;
        Ok(connection)
    });
    subscribed.await.unwrap_or_else(|_| {
        let reason = format!("no subscription was made within {:?}", store.settings.deadline);
        Err(ConnectError::unreachable(&dial.to_string(), reason))
    })
}

/// Returns the key in a message, which is the channel and the text. `None` for anything else, since anybody may send to
/// the channel.
fn changed(message: &PushInfo) -> Option<Key> {
    message.data.get(1).and_then(text).and_then(|text| Key::parse(&text))
}
