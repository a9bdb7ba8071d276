//! The store.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use unjwt_store::{Changes, Entry, Key, MAX_KEYS, Outage, Store, UnixTime, Version};

use crate::Connect;
use crate::error::Failure;
use crate::record::{self, Swap, SwapOf};
use crate::route::Route;
use crate::watchers::Watchers;

/// A store in Redis or Valkey. Cheap to clone; the clones are one store.
///
/// A record expires by the server's clock. Where a call fails, the [`Outage`] says which server did what, without values
/// or passwords.
#[derive(Clone)]
pub struct RedisStore(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) route: Route,
    pub(crate) settings: Settings,
    pub(crate) watchers: Watchers,
    swap: Swap,
    turns: Arc<Semaphore>,
}

pub(crate) struct Settings {
    pub(crate) prefix: String,
    pub(crate) deadline: Duration,
    pub(crate) in_flight: usize,
}

impl RedisStore {
    /// Connects to one server: `redis://user:password@host:6379/0`, or `rediss://` with the feature `tls`. The path is
    /// the number of the database.
    ///
    /// The server must be a primary, and not a node of a cluster.
    ///
    /// # Errors
    ///
    /// [`ConnectError`](crate::ConnectError) if the address cannot be used, or the server does not let this client read
    /// and swap records within the deadline. Once connected, the store reconnects by itself.
    pub fn connect(url: impl Into<String>) -> Connect {
        Connect::server(url.into())
    }

    /// Connects to a cluster, of which the addresses of some nodes are enough. The user, the password and TLS of the
    /// first address are those for all nodes.
    ///
    /// # Errors
    ///
    /// [`ConnectError`](crate::ConnectError) as for [`connect`](Self::connect), if no address leads to a cluster.
    pub fn cluster<U: Into<String>>(urls: impl IntoIterator<Item = U>) -> Connect {
        Connect::cluster(urls.into_iter().map(Into::into).collect())
    }

    /// Connects to the primary of a service that Sentinels watch, and follows them in a fail-over. The addresses are
    /// those of the Sentinels; see [`Connect::servers`] for the password of the servers.
    ///
    /// # Errors
    ///
    /// [`ConnectError`](crate::ConnectError) as for [`connect`](Self::connect), if no Sentinel names a primary.
    pub fn sentinel<U: Into<String>>(
        urls: impl IntoIterator<Item = U>,
        service: impl Into<String>,
    ) -> Connect {
        Connect::sentinel(urls.into_iter().map(Into::into).collect(), service.into())
    }

    pub(crate) fn new(route: Route, settings: Settings) -> Self {
        let turns = Arc::new(Semaphore::new(settings.in_flight.min(Semaphore::MAX_PERMITS)));
        Self(Arc::new(Inner { route, settings, watchers: Watchers::default(), swap: Swap::new(), turns }))
    }

    /// Runs an operation on this many records in a task of its own, once it is its turn.
    ///
    /// The task goes on where the caller does not wait as long as the deadline. Otherwise nobody would notice that a
    /// server does not answer, and what was sent to it would not count any more.
    async fn run<T, F>(
        &self,
        records: usize,
        operation: impl FnOnce(Arc<Inner>, Instant) -> F,
    ) -> Result<T, Outage>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let Ok(runtime) = Handle::try_current() else {
            return Err(Outage::new("there is no runtime of tokio: use the store within one"));
        };
        let begun = Instant::now();
        let end = begun + self.0.settings.deadline;
        let turns = u32::try_from(records.min(self.0.settings.in_flight)).unwrap_or(u32::MAX);
        let turn = timeout_at(end, Arc::clone(&self.0.turns).acquire_many_owned(turns)).await;
        let turn = turn.map_err(|_| Failure::NoTurn { waited: begun.elapsed() })??;
        let operation = operation(Arc::clone(&self.0), end);
        let task = runtime.spawn(async move {
            let result = operation.await;
            drop(turn);
            result
        });
        Ok(task.await??)
    }
}

impl Store for RedisStore {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>, Outage> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        if keys.len() > MAX_KEYS {
            return Err(Outage::new(format!("{} records are asked for, more than {MAX_KEYS}", keys.len())));
        }
        let keys: Vec<_> = keys.iter().map(|key| self.0.name(key)).collect();
        self.run(keys.len(), |inner, end| async move {
            let replies = match inner.route.load(keys.clone(), end).await {
                Err(failure) if failure.is_worth_another_read() => inner.route.load(keys, end).await?,
                replies => replies?,
            };
            replies.into_iter().map(record::entry).collect()
        })
        .await
    }

    async fn swap(
        &self,
        key: &Key,
        was: Option<Version>,
        value: &[u8],
        until: UnixTime,
    ) -> Result<bool, Outage> {
        let (message, name) = (key.to_string(), self.0.name(key));
        let channel = self.0.channel();
        let of = SwapOf { key: &name, was, value, until, channel: channel.as_bytes(), message: &message };
        let commands = self.0.swap.commands(&of)?;
        self.run(1, |inner, end| async move { Swap::reply(&inner.route.swap(&name, &commands, end).await?) })
            .await
    }

    fn watch(&self) -> Option<Changes> {
        self.0.watch()
    }
}

impl Inner {
    fn name(&self, key: &Key) -> Vec<u8> {
        format!("{}{key}", self.settings.prefix).into_bytes()
    }

    pub(crate) fn channel(&self) -> String {
        format!("{}changes", self.settings.prefix)
    }
}

/// Prints no address.
impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { prefix, deadline, .. } = &self.0.settings;
        f.debug_struct("RedisStore")
            .field("prefix", prefix)
            .field("deadline", deadline)
            .finish_non_exhaustive()
    }
}
