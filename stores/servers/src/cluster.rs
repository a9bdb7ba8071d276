//! A cluster.

use crate::{Program, RedisServer, free_port};

/// The number of slots of every cluster.
const SLOTS: usize = 16_384;

/// Three primaries that share the slots, and a replica of each if asked for. They end with the value.
pub struct RedisCluster {
    /// The primaries in the order of their slots, then their replicas in the same order.
    pub nodes: Vec<RedisServer>,
}

impl RedisCluster {
    /// Starts three primaries. `None` as with [`RedisServer::start`].
    pub fn start(program: Program) -> Option<Self> {
        Self::start_with(program, 0)
    }

    /// Starts three primaries, each with a replica that takes over within seconds.
    pub fn start_with_replicas(program: Program) -> Option<Self> {
        Self::start_with(program, 1)
    }

    fn start_with(program: Program, replicas: usize) -> Option<Self> {
        let nodes: Option<Vec<_>> = (0..3 * (1 + replicas)).map(|_| node(program)).collect();
        let cluster = Self { nodes: nodes? };
        let (first, others) = cluster.nodes.split_first()?;
        for other in others {
            let (port, bus) = (other.port().to_string(), bus(other));
            assert_eq!(first.command(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus]), "OK");
        }
        for (index, primary) in cluster.nodes.iter().take(3).enumerate() {
            let (from, to) = (SLOTS * index / 3, SLOTS * (index + 1) / 3 - 1);
            let reply = primary.command(&["CLUSTER", "ADDSLOTSRANGE", &from.to_string(), &to.to_string()]);
            assert_eq!(reply, "OK");
        }
        cluster.wait_until_whole();
        for (replica, primary) in cluster.nodes.iter().skip(3).zip(&cluster.nodes) {
            let id = primary.command(&["CLUSTER", "MYID"]);
            assert_eq!(replica.command(&["CLUSTER", "REPLICATE", &id]), "OK");
            replica.wait_until(&["INFO", "replication"], "master_link_status:up");
        }
        Some(cluster)
    }

    /// Waits until every node knows all others and says that all slots are served.
    pub fn wait_until_whole(&self) {
        let known = format!("cluster_known_nodes:{}", self.nodes.len());
        for node in &self.nodes {
            node.wait_until(&["CLUSTER", "INFO"], &known);
            node.wait_until(&["CLUSTER", "INFO"], "cluster_state:ok");
        }
    }

    /// Returns the addresses of all nodes.
    pub fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(RedisServer::url).collect()
    }
}

fn node(program: Program) -> Option<RedisServer> {
    let bus = free_port().to_string();
    // The others go on when a node is away.
    let settings = ["--cluster-enabled", "yes", "--cluster-port", &bus, "--cluster-node-timeout", "1000"];
    let partial = ["--cluster-require-full-coverage", "no"];
    RedisServer::start_with(program, &[settings.as_slice(), partial.as_slice()].concat())
}

fn bus(node: &RedisServer) -> String {
    node.command(&["CONFIG", "GET", "cluster-port"]).lines().last().unwrap_or_default().to_owned()
}
