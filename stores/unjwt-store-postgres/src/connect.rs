//! The settings of a store, up to its first connection.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Config, Socket};

use crate::dial::{Dial, With};
use crate::error::Kind;
use crate::lines::Lines;
use crate::table::Table;
use crate::watch::Watch;
use crate::{ConnectError, PostgresStore, setup};

/// The longest time for which awaiting [`Connect`] lasts, unless the deadline is longer: many machines may start at
/// once and wait for one of them to create the table.
const STARTUP: Duration = Duration::from_secs(10);

/// The settings of a [`PostgresStore`], which connects when this is awaited.
#[must_use = "the store connects when this is awaited"]
pub struct Connect {
    config: Result<Config, Kind>,
    dial: Option<Arc<dyn Dial>>,
    table: String,
    deadline: Duration,
    connections: usize,
    notify: bool,
}

impl Connect {
    pub(crate) fn to(address: &str) -> Self {
        Self::new(parse(address))
    }

    pub(crate) fn with(config: Config) -> Self {
        Self::new(Ok(config))
    }

    fn new(config: Result<Config, Kind>) -> Self {
        Self {
            config,
            dial: None,
            table: "unjwt_logins".to_owned(),
            deadline: Duration::from_secs(1),
            connections: 4,
            notify: false,
        }
    }

    /// Sets the name of the table, `unjwt_logins` by default: lower-case letters, digits and underscores, at most 57, with
    /// a schema and a dot before it if needed.
    pub fn table(mut self, name: impl Into<String>) -> Self {
        self.table = name.into();
        self
    }

    /// Sets how long a call waits at most before it ends with an outage, 1 second by default and at most an hour. It
    /// includes waiting for a free connection and making a new one.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline.min(Duration::from_secs(60 * 60));
        self
    }

    /// Sets the maximum number of connections, 4 by default and at least 1. They are made when they are needed.
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// Notifies other processes of each swap with `NOTIFY`, and enables
    /// [`watch`](unjwt_store::Store::watch), for which a store opens one more connection. Off by default: the server
    /// commits transactions that notify one after the other.
    pub fn notify(mut self, notify: bool) -> Self {
        self.notify = notify;
        self
    }

    /// Sets the TLS connector, in place of that of the feature `rustls`. Whether it is used depends on `sslmode` in the
    /// address.
    pub fn tls<T>(mut self, connector: T) -> Self
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send,
        T::TlsConnect: Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        self.dial = Some(Arc::new(With(connector)));
        self
    }

    async fn connect(self) -> Result<PostgresStore, ConnectError> {
        let mut config = self.config?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(Kind::NoHost.into());
        }
        let table = Table::new(&self.table, self.notify).ok_or(Kind::TableName(self.table))?;
        let dial = match self.dial {
            Some(dial) => dial,
            None => default_dial(&config)?,
        };
        defaults(&mut config, self.deadline);
        setup::prepare(&*dial, &config, &table, STARTUP.max(self.deadline)).await?;
        let watch = self.notify.then(|| Watch::new(config.clone(), Arc::clone(&dial), table.channel.clone()));
        let lines = Lines::new(config, dial, self.connections, self.deadline).map_err(Kind::Pool)?;
        Ok(PostgresStore::new(lines, table, watch))
    }
}

impl IntoFuture for Connect {
    type Output = Result<PostgresStore, ConnectError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.connect())
    }
}

/// Shows no address, which may contain a password.
impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect")
            .field("table", &self.table)
            .field("deadline", &self.deadline)
            .field("connections", &self.connections)
            .field("notify", &self.notify)
            .finish_non_exhaustive()
    }
}

/// The parser's own error is dropped: it quotes what it did not understand, which may be a piece of the password.
fn parse(address: &str) -> Result<Config, Kind> {
    address.parse().map_err(|_| {
        match address.contains("sslmode=verify-") || address.contains("sslrootcert") {
            true => Kind::VerifyMode,
            false => Kind::Address,
        }
    })
}

fn default_dial(config: &Config) -> Result<Arc<dyn Dial>, Kind> {
    #[cfg(feature = "rustls")]
    if config.get_ssl_mode() != SslMode::Disable {
        return Ok(Arc::new(With(crate::tls::connector()?)));
    }
    match config.get_ssl_mode() {
        SslMode::Require => Err(Kind::NoTls),
        _ => Ok(Arc::new(With(tokio_postgres::NoTls))),
    }
}

/// Sets what the address left open.
fn defaults(config: &mut Config, deadline: Duration) {
    // A standby would answer with what it knew a while ago.
    config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    if config.get_application_name().is_none() {
        config.application_name("unjwt-store-postgres");
    }
    if config.get_connect_timeout().is_none() {
        // So that there is time left for the other hosts if one does not answer.
        let hosts = config.get_hosts().len().max(config.get_hostaddrs().len());
        config.connect_timeout(deadline / u32::try_from(hosts.max(1)).unwrap_or(u32::MAX));
    }
    // The client's default, two hours, is more than firewalls remember.
    if config.get_keepalives_idle() >= Duration::from_secs(2 * 60 * 60) {
        config.keepalives_idle(Duration::from_secs(30));
    }
}
