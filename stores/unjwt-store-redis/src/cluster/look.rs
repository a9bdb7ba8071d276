//! Asking a node for the slots.

use std::sync::Arc;

use redis::{Cmd, Value, cmd};

use super::{Address, Slots};
use crate::ConnectError;
use crate::access::Access;
use crate::dial::{Receive, open};

/// Returns the command that asks for the slots.
pub(crate) fn slots_command() -> Cmd {
    let mut command = cmd("CLUSTER");
    command.arg("SLOTS");
    command
}

/// Asks one of the addresses that the store was given, over a connection for this alone.
pub(crate) async fn ask_seed(seed: &Access, command: &Cmd) -> Result<Slots, ConnectError> {
    let server = seed.server();
    let Some(address) = seed.address() else {
        return Err(ConnectError::Setting(format!(
            "{server} is not a host and port, by which a cluster is reached"
        )));
    };
    let ignore: Receive = Arc::new(|_, _| ());
    let mut connection = open(&seed.client()?, &ignore).await?;
    let reply = connection.redis.send_packed_command(command).await;
    read(&reply.map_err(|error| ConnectError::from_handshake(&server, &error))?, &address)
}

/// Reads what a node answers.
pub(crate) fn read(reply: &Value, asked: &Address) -> Result<Slots, ConnectError> {
    let server = format!("{}:{}", asked.host, asked.port);
    match reply {
        Value::ServerError(error)
            if error.details().is_some_and(|text| text.contains("cluster support disabled")) =>
        {
            let reason = "it is not a node of a cluster: connect to it with `RedisStore::connect`";
            Err(ConnectError::unusable(&server, reason))
        }
        Value::ServerError(error) => {
            Err(ConnectError::unusable(&server, format!("it answers `CLUSTER SLOTS` with {}", error.code())))
        }
        reply => Slots::parse(reply, &asked.host)
            .ok_or_else(|| ConnectError::unusable(&server, "it knows no node that has slots")),
    }
}
