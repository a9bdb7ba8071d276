//! Finding the primary through Sentinels.

use std::fmt;
use std::sync::Arc;

use redis::{Client, Value, cmd};
use tokio::task::JoinSet;

use crate::ConnectError;
use crate::access::Access;
use crate::cluster::Address;
use crate::dial::{Connection, Receive, open, primary, text};

/// The Sentinels of a service, and how to get into the servers that they name.
#[derive(Clone)]
pub(crate) struct Sentinels(Arc<Inner>);

struct Inner {
    sentinels: Vec<Client>,
    service: String,
    /// With the user, the password, the database and TLS of the servers, and any address.
    servers: Access,
}

impl Sentinels {
    pub(crate) fn new(sentinels: &[Access], service: String, servers: Access) -> Result<Self, ConnectError> {
        let sentinels: Result<Vec<_>, _> = sentinels.iter().map(Access::client).collect();
        Ok(Self(Arc::new(Inner { sentinels: sentinels?, service, servers })))
    }

    /// Asks all Sentinels at once and returns the first connection to a server that is the primary. One Sentinel that
    /// hangs, or still names the primary of before, does not keep the others from answering.
    pub(crate) async fn dial(&self, receive: &Receive) -> Result<Connection, ConnectError> {
        let mut attempts = JoinSet::new();
        for index in 0..self.0.sentinels.len() {
            let (this, receive) = (self.clone(), Arc::clone(receive));
            attempts.spawn(async move {
                let address = this.ask(index).await?;
                primary(&this.0.servers.at(&address).client()?, &receive).await
            });
        }
        first(&mut attempts).await
    }

    /// Returns the primary's host and port, as the first Sentinel that answers has it.
    pub(crate) async fn primary(&self) -> Result<String, ConnectError> {
        let mut attempts = JoinSet::new();
        for index in 0..self.0.sentinels.len() {
            let this = self.clone();
            attempts.spawn(async move { Ok(this.0.servers.at(&this.ask(index).await?).server()) });
        }
        first(&mut attempts).await
    }

    async fn ask(&self, index: usize) -> Result<Address, ConnectError> {
        let Inner { sentinels, service, .. } = &*self.0;
        let Some(client) = sentinels.get(index) else {
            return Err(no_sentinels());
        };
        let ignore: Receive = Arc::new(|_, _| ());
        let mut connection = open(client, &ignore).await?;
        let mut command = cmd("SENTINEL");
        command.arg("GET-MASTER-ADDR-BY-NAME").arg(service);
        let server = Arc::clone(&connection.server);
        let reply = connection.redis.send_packed_command(&command).await;
        match reply.map_err(|error| ConnectError::from_handshake(&server, &error))? {
            Value::Array(parts) => match parts.iter().map(text).collect::<Option<Vec<_>>>().as_deref() {
                Some([host, port]) if !host.is_empty() => match port.parse() {
                    Ok(port) => Ok(Address::new(host, port)),
                    Err(_) => Err(ConnectError::unusable(&server, "it names a primary without a port")),
                },
                _ => Err(ConnectError::unusable(&server, "it names no primary")),
            },
            Value::Nil => {
                let reason = format!("it is a Sentinel that knows no service `{service}`");
                Err(ConnectError::unusable(&server, reason))
            }
            _ => Err(ConnectError::unusable(&server, "it is no Sentinel: pass the addresses of Sentinels")),
        }
    }
}

/// Returns the first success, or else the last error.
async fn first<T: Send + 'static>(
    attempts: &mut JoinSet<Result<T, ConnectError>>,
) -> Result<T, ConnectError> {
    let mut last = no_sentinels();
    while let Some(attempt) = attempts.join_next().await {
        match attempt {
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(error)) => last = error,
            Err(_) => (),
        }
    }
    Err(last)
}

pub(crate) fn no_sentinels() -> ConnectError {
    ConnectError::Setting("there is no Sentinel: pass the address of at least one".to_owned())
}

impl fmt::Display for Sentinels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the primary of `{}`", self.0.service)
    }
}
