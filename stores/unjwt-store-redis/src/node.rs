//! The commands of a store, to one server.

use std::time::Duration;

use redis::{Cmd, Value, cmd};
use tokio::time::Instant;

use crate::ConnectError;
use crate::dial::{Dial, is_primary};
use crate::error::{Failure, is_unknown_script};
use crate::link::{Lane, Link};
use crate::record;

/// A server. Swaps have a connection of their own if they wait for replicas, since `WAIT` keeps what comes after it on
/// the same connection waiting too.
pub(crate) struct Node {
    link: Link,
    replicas: u32,
    is_in_cluster: bool,
}

impl Node {
    /// Connects to a server that has all keys.
    pub(crate) async fn connect(dial: Dial, deadline: Duration, replicas: u32) -> Result<Self, ConnectError> {
        let link = Link::connect(dial, replicas > 0, deadline).await?;
        Ok(Self { link, replicas, is_in_cluster: false })
    }

    /// Returns a node of a cluster, which is connected in the background.
    pub(crate) fn in_cluster(dial: Dial, deadline: Duration, replicas: u32) -> Self {
        Self { link: Link::lazy(dial, replicas > 0, deadline), replicas, is_in_cluster: true }
    }

    /// Returns the replies to the reads of these keys. `asking`: the keys are about to move to this node.
    pub(crate) async fn load(
        &self,
        keys: &[Vec<u8>],
        asking: bool,
        end: Instant,
    ) -> Result<Vec<Value>, Failure> {
        if self.is_in_cluster {
            let commands = keys
                .iter()
                .flat_map(|key| asking.then(|| cmd("ASKING")).into_iter().chain([record::load(key)]));
            let (replies, _) = self.link.ask(Lane::Reads, commands, end).await?;
            // Every second one is that to `ASKING`.
            return Ok(replies
                .into_iter()
                .skip(usize::from(asking))
                .step_by(1 + usize::from(asking))
                .collect());
        }
        // A server that has become a replica still answers reads. It is asked after them: what it is then, it was
        // before.
        let commands = keys.iter().map(|key| record::load(key)).chain([cmd("ROLE")]);
        let (mut replies, connection) = self.link.ask(Lane::Reads, commands, end).await?;
        let role = replies.pop();
        if connection.tells_role && !role.is_some_and(|role| is_primary(&role)) {
            self.link.lose(&connection);
            return Err(Failure::Demoted { server: connection.server.to_string() });
        }
        Ok(replies)
    }

    /// Returns the reply to a swap, which is given by its script's hash and by its text.
    pub(crate) async fn swap(
        &self,
        commands: &[Cmd; 2],
        asking: bool,
        end: Instant,
    ) -> Result<Value, Failure> {
        let [by_hash, by_text] = commands;
        let reply = self.run(by_hash, asking, end).await?;
        match &reply {
            Value::ServerError(error) if is_unknown_script(error) => self.run(by_text, asking, end).await,
            _ => Ok(reply),
        }
    }

    async fn run(&self, swap: &Cmd, asking: bool, end: Instant) -> Result<Value, Failure> {
        let left = end.saturating_duration_since(Instant::now());
        let wait = (self.replicas > 0).then(|| {
            let mut command = cmd("WAIT");
            // 0 would be for ever. What is left over is for the answer.
            command.arg(self.replicas).arg((left.as_millis() * 3 / 4).max(1) as u64);
            command
        });
        let commands = asking.then(|| cmd("ASKING")).into_iter().chain([swap.clone()]).chain(wait);
        let (replies, connection) = self.link.ask(Lane::Swaps, commands, end).await?;
        let mut replies = replies.into_iter().skip(usize::from(asking));
        let reply = replies.next().unwrap_or_default();
        if matches!(&reply, Value::ServerError(error) if error.code() == "READONLY") {
            self.link.lose(&connection);
            return Err(Failure::Demoted { server: connection.server.to_string() });
        }
        match (&reply, replies.next()) {
            (Value::Int(1), Some(Value::Int(reached))) if reached < i64::from(self.replicas) => {
                let asked = self.replicas;
                Err(Failure::Wrong(format!(
                    "the swap reached {reached} replicas by the deadline, of {asked} asked for"
                )))
            }
            (Value::Int(1), Some(Value::ServerError(error))) => Err(Failure::refused(&error)),
            _ => Ok(reply),
        }
    }

    /// Returns the reply to one command, and the server's host and port.
    pub(crate) async fn ask(&self, command: Cmd, end: Instant) -> Result<Value, Failure> {
        let (replies, _) = self.link.ask(Lane::Reads, [command], end).await?;
        Ok(replies.into_iter().next().unwrap_or_default())
    }
}
