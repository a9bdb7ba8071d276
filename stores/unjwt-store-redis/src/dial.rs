//! Making one connection, and looking at the server before it is used.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, PushInfo, Value, cmd, pipe};

use crate::ConnectError;
use crate::access::Access;
use crate::error::is_unavailable_command;
use crate::sentinel::Sentinels;

/// The settings with which a connection is made.
pub(crate) enum Dial {
    /// To the server at this address, which must be no replica.
    Primary(Client),
    /// To a node of a cluster, which itself refuses the keys of others.
    Node(Client),
    /// To the primary that Sentinels name.
    Sentinel(Sentinels),
}

/// A connection.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) redis: MultiplexedConnection,
    /// The one for swaps, to the same server, if they have one of their own. Both are given up together.
    pub(crate) swaps: Option<MultiplexedConnection>,
    client: Arc<Client>,
    /// No other connection of this process has it.
    pub(crate) id: u64,
    /// The host and port.
    pub(crate) server: Arc<str>,
    /// `true` if the server says with each read that it is not a replica.
    pub(crate) tells_role: bool,
}

/// The messages that a connection receives besides the answers.
pub(crate) type Receive = Arc<dyn Fn(u64, PushInfo) + Send + Sync>;

impl Dial {
    /// Makes a connection that passes its messages and its end to `receive`, with its `id`. Waits as long as the server
    /// makes it wait.
    pub(crate) async fn dial(&self, receive: &Receive) -> Result<Connection, ConnectError> {
        match self {
            Self::Primary(client) => primary(client, receive).await,
            Self::Node(client) => node(client, receive).await,
            Self::Sentinel(sentinels) => sentinels.dial(receive).await,
        }
    }
}

/// Connects to a server that must be no replica.
pub(crate) async fn primary(client: &Client, receive: &Receive) -> Result<Connection, ConnectError> {
    let mut connection = open(client, receive).await?;
    connection.tells_role = expect_primary(&mut connection).await?;
    advise(&mut connection).await;
    Ok(connection)
}

async fn node(client: &Client, receive: &Receive) -> Result<Connection, ConnectError> {
    let mut connection = open(client, receive).await?;
    advise(&mut connection).await;
    Ok(connection)
}

/// Connects without a look at the server.
pub(crate) async fn open(client: &Client, receive: &Receive) -> Result<Connection, ConnectError> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    let server: Arc<str> = client.get_connection_info().addr().to_string().into();
    let redis = open_as(id, &server, client, receive).await?;
    Ok(Connection { redis, swaps: None, client: Arc::new(client.clone()), id, server, tells_role: false })
}

/// Adds a connection for swaps. It is not a link of its own, which could be to another server than the reads are, in a
/// fail-over.
pub(crate) async fn with_swaps(
    mut connection: Connection,
    receive: &Receive,
) -> Result<Connection, ConnectError> {
    let Connection { id, server, client, .. } = &connection;
    let swaps = open_as(*id, server, client, receive).await?;
    if connection.tells_role {
        expect_primary(&mut Connection { redis: swaps.clone(), ..connection.clone() }).await?;
    }
    connection.swaps = Some(swaps);
    Ok(connection)
}

async fn open_as(
    id: u64,
    server: &str,
    client: &Client,
    receive: &Receive,
) -> Result<MultiplexedConnection, ConnectError> {
    let receive = Arc::clone(receive);
    // Deadlines are those of the calls, and of whoever dials.
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(None)
        .set_response_timeout(None)
        .set_push_sender(move |info: PushInfo| -> Result<(), ()> {
            receive(id, info);
            Ok(())
        });
    let opened = client.get_multiplexed_async_connection_with_config(&config).await;
    opened.map_err(|error| ConnectError::from_handshake(server, &error))
}

/// Returns the replies to commands, of which any may be an error of the server.
async fn ask(connection: &mut Connection, commands: &redis::Pipeline) -> Result<Vec<Value>, ConnectError> {
    let replies = connection.redis.send_packed_commands(commands, 0, commands.len()).await;
    replies.map_err(|error| ConnectError::from_handshake(&connection.server, &error))
}

/// Fails if the server is a replica, or a node of a cluster. Returns whether it tells its role.
async fn expect_primary(connection: &mut Connection) -> Result<bool, ConnectError> {
    let mut commands = pipe();
    commands.cmd("ROLE").cmd("INFO").arg("cluster");
    let replies = ask(connection, &commands).await?;
    let unusable = |reason: &str| Err(ConnectError::unusable(&connection.server, reason));
    let cluster = replies.get(1).and_then(text).is_some_and(|info| info.contains("cluster_enabled:1"));
    if cluster {
        return unusable("it is a node of a cluster: connect to it with `RedisStore::cluster`");
    }
    match replies.first() {
        Some(Value::ServerError(error)) if is_unavailable_command(error) => {
            tracing::warn!(
                server = %connection.server,
                "the server does not allow `ROLE`: if it became a replica, reads would be stale until the next swap"
            );
            Ok(false)
        }
        Some(Value::ServerError(error)) => unusable(&format!("it answers `ROLE` with {}", error.code())),
        Some(role) if is_primary(role) => Ok(true),
        _ => unusable("it is a replica, and a store must see its own writes: use the address of the primary"),
    }
}

/// Returns whether this is a primary's answer to `ROLE`.
pub(crate) fn is_primary(role: &Value) -> bool {
    let Value::Array(role) = role else { return false };
    role.first().and_then(text).is_some_and(|role| role == "master")
}

/// Logs settings of the server by which it forgets records. A server that does not tell them is left alone.
async fn advise(connection: &mut Connection) {
    let mut commands = pipe();
    for name in ["maxmemory-policy", "appendonly"] {
        commands.add_command({
            let mut command = cmd("CONFIG");
            command.arg("GET").arg(name);
            command
        });
    }
    let Ok(replies) = ask(connection, &commands).await else { return };
    let [policy, append] = [replies.first(), replies.get(1)].map(|reply| reply.and_then(setting));
    if let Some(policy) = policy.filter(|policy| policy != "noeviction") {
        tracing::warn!(
            server = %connection.server,
            %policy,
            "the server drops records when its memory is full, and then logins that were ended are usable again: set \
             `maxmemory-policy noeviction`"
        );
    }
    if append.as_deref() == Some("no") {
        tracing::info!(
            server = %connection.server,
            "the server forgets its latest records when it crashes, and then logins that were ended are usable again: \
             set `appendonly yes`"
        );
    }
}

/// Returns the value in the answer to `CONFIG GET` of one name.
fn setting(reply: &Value) -> Option<String> {
    match reply {
        Value::Map(pairs) => pairs.first().and_then(|(_, value)| text(value)),
        Value::Array(pair) => pair.get(1).and_then(text),
        _ => None,
    }
}

/// Returns a reply that is text.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::BulkString(bytes) => String::from_utf8(bytes.clone()).ok(),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Some(text.clone()),
        _ => None,
    }
}

/// Returns how to connect to a single server.
pub(crate) fn to_primary(access: &Access) -> Result<Dial, ConnectError> {
    Ok(Dial::Primary(access.client()?))
}

/// Returns how to connect to a node of a cluster.
pub(crate) fn to_node(access: &Access) -> Result<Dial, ConnectError> {
    Ok(Dial::Node(access.client()?))
}

/// Prints the server's host and port, or whose primary it is.
impl fmt::Display for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Primary(client) | Self::Node(client) => {
                write!(f, "{}", client.get_connection_info().addr())
            }
            Self::Sentinel(sentinels) => write!(f, "{sentinels}"),
        }
    }
}
