//! The servers of a store.

use std::sync::Arc;

use redis::{Cmd, Value};
use tokio::time::Instant;

use crate::ConnectError;
use crate::access::Access;
use crate::cluster::Cluster;
use crate::dial::{Dial, to_primary};
use crate::error::Failure;
use crate::node::Node;
use crate::sentinel::Sentinels;

/// The place of the records.
pub(crate) enum Route {
    Server { node: Node, access: Box<Access> },
    Sentinel { node: Node, sentinels: Sentinels },
    Cluster(Arc<Cluster>),
}

impl Route {
    /// Returns one reply for each key.
    pub(crate) async fn load(&self, keys: Vec<Vec<u8>>, end: Instant) -> Result<Vec<Value>, Failure> {
        match self {
            Self::Server { node, .. } | Self::Sentinel { node, .. } => node.load(&keys, false, end).await,
            Self::Cluster(cluster) => cluster.load(keys, end).await,
        }
    }

    /// Returns the reply to a swap, which is given by its script's hash and by its text.
    pub(crate) async fn swap(&self, key: &[u8], commands: &[Cmd; 2], end: Instant) -> Result<Value, Failure> {
        match self {
            Self::Server { node, .. } | Self::Sentinel { node, .. } => node.swap(commands, false, end).await,
            Self::Cluster(cluster) => cluster.swap(key, commands, end).await,
        }
    }

    /// Returns how to make a connection that receives messages. In a cluster every node has all of them, and it is
    /// another one each time.
    pub(crate) fn for_messages(&self, turn: usize) -> Result<Dial, ConnectError> {
        match self {
            Self::Server { access, .. } => to_primary(access),
            Self::Sentinel { sentinels, .. } => Ok(Dial::Sentinel(sentinels.clone())),
            Self::Cluster(cluster) => cluster.some_node(turn),
        }
    }
}
