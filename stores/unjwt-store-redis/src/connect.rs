//! Connecting a store.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::time::Duration;

use tokio::runtime::Handle;
use unjwt_store::{Key, Store as _, UnixTime, Version};

use crate::access::{Access, Certificates};
use crate::cluster::Cluster;
use crate::dial::{Dial, to_primary};
use crate::node::Node;
use crate::route::Route;
use crate::sentinel::Sentinels;
use crate::store::Settings;
use crate::{ConnectError, RedisStore};

/// A store that is about to be connected: await it, after setting what differs from the defaults.
#[must_use = "nothing is connected until it is awaited"]
pub struct Connect {
    target: Target,
    prefix: String,
    deadline: Duration,
    in_flight: usize,
    replicas: u32,
    certificates: Certificates,
}

enum Target {
    Server(String),
    Cluster(Vec<String>),
    Sentinel { sentinels: Vec<String>, service: String, servers: Option<String> },
}

/// The longest prefix.
const LONGEST_PREFIX: usize = 256;

impl Connect {
    fn to(target: Target) -> Self {
        Self {
            target,
            prefix: "unjwt:".to_owned(),
            deadline: Duration::from_secs(1),
            in_flight: 1024,
            replicas: 0,
            certificates: Certificates::default(),
        }
    }

    pub(crate) fn server(url: String) -> Self {
        Self::to(Target::Server(url))
    }

    pub(crate) fn cluster(urls: Vec<String>) -> Self {
        Self::to(Target::Cluster(urls))
    }

    pub(crate) fn sentinel(sentinels: Vec<String>, service: String) -> Self {
        Self::to(Target::Sentinel { sentinels, service, servers: None })
    }

    /// Sets what the names of all keys begin with, `unjwt:` by default. The channel of changes is named `changes` behind
    /// the same prefix.
    ///
    /// Services that share a server share logins if they have the same prefix. Braces put all keys of a cluster on one
    /// node.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets how long a call waits at most, 1 second by default, for its turn, a connection and the answer together.
    /// After it, the call is an [`Outage`](unjwt_store::Outage) and the connection is made anew.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets how many records may be read and written at the same time, 1024 by default. Further calls wait for their
    /// turn, within the deadline. A record has at most 4 KiB, so this also limits the memory that is used while a server
    /// hangs.
    pub fn concurrency_limit(mut self, records: usize) -> Self {
        self.in_flight = records;
        self
    }

    /// Makes each swap wait until this many replicas have it too, 0 by default. If they do not confirm it within the
    /// deadline, the swap is an [`Outage`](unjwt_store::Outage), though the primary may keep it.
    ///
    /// This makes it rarer that a fail-over loses a swap, and does not rule it out: a replica that did not confirm it
    /// may be the one that takes over.
    pub fn wait_for_replicas(mut self, replicas: u32) -> Self {
        self.replicas = replicas;
        self
    }

    /// Sets the user, the password, the database and TLS of the servers that Sentinels name, as an address whose host is
    /// not used. By default they are those of the first Sentinel's address. Without effect for others than Sentinels.
    pub fn servers(mut self, url: impl Into<String>) -> Self {
        if let Target::Sentinel { servers, .. } = &mut self.target {
            *servers = Some(url.into());
        }
        self
    }

    /// Trusts the authorities of these certificates, as PEM, instead of the system's.
    #[cfg(feature = "tls")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.certificates.root = Some(pem.into());
        self
    }

    /// Proves who this client is by a certificate and its key, both as PEM.
    #[cfg(feature = "tls")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    pub fn client_certificate(mut self, certificate: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.certificates.client = Some((certificate.into(), key.into()));
        self
    }

    async fn connect(self) -> Result<RedisStore, ConnectError> {
        let setting = |reason: &str| Err(ConnectError::Setting(reason.to_owned()));
        if Handle::try_current().is_err() {
            return setting("there is no runtime of tokio: connect to the store within one");
        }
        if self.deadline.is_zero() || self.in_flight == 0 {
            return setting("the deadline and the concurrency limit must be more than 0");
        }
        if self.prefix.len() > LONGEST_PREFIX {
            return setting("the prefix is longer than 256 bytes");
        }
        let (route, server) = self.route().await?;
        let settings = Settings { prefix: self.prefix, deadline: self.deadline, in_flight: self.in_flight };
        let store = RedisStore::new(route, settings);
        try_out(&store).await.map_err(|reason| ConnectError::unusable(&server, reason))?;
        Ok(store)
    }

    async fn route(&self) -> Result<(Route, String), ConnectError> {
        let parse = |url: &String| Access::parse(url, &self.certificates);
        match &self.target {
            Target::Server(url) => {
                let access = parse(url)?;
                let server = access.server();
                let node = Node::connect(to_primary(&access)?, self.deadline, self.replicas).await?;
                Ok((Route::Server { node, access: Box::new(access) }, server))
            }
            Target::Cluster(urls) => {
                let seeds = urls.iter().map(parse).collect::<Result<_, _>>()?;
                let cluster = Cluster::connect(seeds, self.deadline, self.replicas).await?;
                Ok((Route::Cluster(cluster), "the cluster".to_owned()))
            }
            Target::Sentinel { sentinels, service, servers } => {
                let sentinels: Vec<_> = sentinels.iter().map(parse).collect::<Result<_, _>>()?;
                let servers = match (servers, sentinels.first()) {
                    (Some(url), _) => parse(url)?,
                    (None, Some(first)) => first.clone(),
                    (None, None) => return Err(crate::sentinel::no_sentinels()),
                };
                let sentinels = Sentinels::new(&sentinels, service.clone(), servers)?;
                let server = sentinels.to_string();
                let dial = Dial::Sentinel(sentinels.clone());
                let node = Node::connect(dial, self.deadline, self.replicas).await?;
                Ok((Route::Sentinel { node, sentinels }, server))
            }
        }
    }
}

/// Does what the sessions will do, without writing anything: it fails at startup where a user may not run scripts or use
/// the keys.
async fn try_out(store: &RedisStore) -> Result<(), String> {
    let key = Key::from_bytes([0; Key::LEN]);
    store.load(&[key]).await.map_err(|outage| outage.to_string())?;
    let nobody = Version::new(0);
    match store.swap(&key, Some(nobody), &[], UnixTime::from_secs(1)).await {
        Ok(_) => Ok(()),
        Err(outage) => Err(outage.to_string()),
    }
}

impl IntoFuture for Connect {
    type Output = Result<RedisStore, ConnectError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.connect())
    }
}

/// Prints no address.
impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect")
            .field("prefix", &self.prefix)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}
