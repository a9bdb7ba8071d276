//! The nodes of a cluster.
//!
//! redis has a client for clusters, which is not used: it sends a command again whose connection broke, so that a swap
//! that was done is answered with `false`; and while it asks a node that hangs for the slots, the commands to all other
//! nodes wait. Here each node has a link of its own, and a command is only sent again where a node says that it did not
//! do it.

mod look;
mod slots;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::{Cmd, Value};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use self::look::{ask_seed, read, slots_command};
pub(crate) use self::slots::{Address, Slots, slot};
use crate::ConnectError;
use crate::access::Access;
use crate::dial::{Dial, to_node};
use crate::error::Failure;
use crate::node::Node;

/// The number of redirections that a command follows.
const REDIRECTIONS: usize = 5;

/// The shortest time between two looks at the slots.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The number of nodes that are asked for the slots at once, besides the addresses that the store was given.
const ASKED: usize = 8;

/// A cluster.
pub(crate) struct Cluster {
    /// The addresses that the store was given.
    seeds: Vec<Access>,
    deadline: Duration,
    replicas: u32,
    known: Mutex<Known>,
    looking: AtomicBool,
}

#[derive(Default)]
struct Known {
    slots: Slots,
    /// The primaries, and the nodes of redirections until the next look at the slots.
    nodes: HashMap<Address, Arc<Node>>,
}

/// The destination of a command.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Hop {
    to: Address,
    /// The slot is about to move to the node.
    asking: bool,
}

impl Cluster {
    /// Asks the given addresses for the slots.
    pub(crate) async fn connect(
        seeds: Vec<Access>,
        deadline: Duration,
        replicas: u32,
    ) -> Result<Arc<Self>, ConnectError> {
        let cluster =
            Self { seeds, deadline, replicas, known: Mutex::default(), looking: AtomicBool::new(false) };
        cluster.look().await?;
        let primaries = cluster.known().slots.primaries();
        for primary in primaries {
            // Connects it before the first command to it.
            cluster.node(&primary).map_err(|failure| ConnectError::Setting(failure.to_string()))?;
        }
        Ok(Arc::new(cluster))
    }

    /// Returns the replies to the reads of these keys, in their order.
    pub(crate) async fn load(
        self: &Arc<Self>,
        keys: Vec<Vec<u8>>,
        end: Instant,
    ) -> Result<Vec<Value>, Failure> {
        let mut replies = vec![Value::Nil; keys.len()];
        let mut open: Vec<(usize, Hop)> = Vec::new();
        for (index, key) in keys.iter().enumerate() {
            open.push((index, self.hop(key)?));
        }
        for _ in 0..=REDIRECTIONS {
            let mut groups: BTreeMap<Hop, Vec<usize>> = BTreeMap::new();
            open.drain(..).for_each(|(index, hop)| groups.entry(hop).or_default().push(index));
            let mut asked = JoinSet::new();
            for (hop, indices) in groups {
                let node = self.node(&hop.to)?;
                let keys: Vec<_> = indices.iter().filter_map(|index| keys.get(*index).cloned()).collect();
                asked.spawn(async move { (node.load(&keys, hop.asking, end).await, hop, indices) });
            }
            let mut failed = None;
            // All of them, also after a failure: a node that hangs must be waited for, so that its connection is given
            // up.
            while let Some(answered) = asked.join_next().await {
                let Ok((answers, hop, indices)) = answered else {
                    failed = Some(Failure::Wrong("a read was cancelled".to_owned()));
                    continue;
                };
                let answers = match self.noted(answers) {
                    Ok(answers) => answers,
                    Err(failure) => {
                        failed = Some(failure);
                        continue;
                    }
                };
                for (index, answer) in indices.into_iter().zip(answers) {
                    match redirection(&answer, &hop) {
                        Some(hop) => open.push((index, hop)),
                        None => replies.get_mut(index).into_iter().for_each(|reply| *reply = answer.clone()),
                    }
                }
            }
            if let Some(failure) = failed {
                return Err(failure);
            }
            if open.is_empty() {
                return Ok(replies);
            }
            self.look_soon();
        }
        Err(too_many())
    }

    /// Returns the reply to a swap.
    pub(crate) async fn swap(
        self: &Arc<Self>,
        key: &[u8],
        commands: &[Cmd; 2],
        end: Instant,
    ) -> Result<Value, Failure> {
        let mut hop = self.hop(key)?;
        for _ in 0..=REDIRECTIONS {
            let answer = self.noted(self.node(&hop.to)?.swap(commands, hop.asking, end).await)?;
            match redirection(&answer, &hop) {
                Some(next) => hop = next,
                None => return Ok(answer),
            }
            self.look_soon();
        }
        Err(too_many())
    }

    /// Returns how to connect to one of the nodes, another one each time.
    pub(crate) fn some_node(&self, turn: usize) -> Result<Dial, ConnectError> {
        let primaries = self.known().slots.primaries();
        match primaries.get(turn.checked_rem(primaries.len()).unwrap_or_default()) {
            Some(address) => to_node(&self.access()?.at(address)),
            None => to_node(self.access()?),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn access(&self) -> Result<&Access, ConnectError> {
        let none = || ConnectError::Setting("there is no node: pass the address of at least one".to_owned());
        self.seeds.first().ok_or_else(none)
    }

    fn hop(self: &Arc<Self>, key: &[u8]) -> Result<Hop, Failure> {
        let slot = slot(key);
        let primary = self.known().slots.primary(slot).cloned();
        match primary {
            Some(to) => Ok(Hop { to, asking: false }),
            None => {
                self.look_soon();
                Err(Failure::Wrong(format!("no node of the cluster has the slot {slot}")))
            }
        }
    }

    fn node(&self, address: &Address) -> Result<Arc<Node>, Failure> {
        let mut known = self.known();
        if let Some(node) = known.nodes.get(address) {
            return Ok(Arc::clone(node));
        }
        let access = self.access().map_err(Failure::Down)?.at(address);
        let dial = to_node(&access).map_err(Failure::Down)?;
        let node = Arc::new(Node::in_cluster(dial, self.deadline, self.replicas));
        known.nodes.insert(address.clone(), Arc::clone(&node));
        Ok(node)
    }

    /// Looks at the slots soon if a failure may be because they have moved.
    fn noted<T>(self: &Arc<Self>, answer: Result<T, Failure>) -> Result<T, Failure> {
        if answer.as_ref().is_err_and(Failure::concerns_slots) {
            self.look_soon();
        }
        answer
    }

    /// Looks at the slots in the background, once at a time.
    pub(crate) fn look_soon(self: &Arc<Self>) {
        if self.looking.swap(true, Ordering::AcqRel) {
            return;
        }
        let looking = Looking(Arc::clone(self));
        tokio::spawn(async move {
            if let Err(error) = looking.0.look().await {
                tracing::debug!(%error, "the slots of the cluster are not known");
            }
            sleep(LOOK_EVERY).await;
            drop(looking);
        });
    }

    /// Asks nodes for the slots, all at once, and takes the first answer.
    async fn look(&self) -> Result<(), ConnectError> {
        let mut asked = JoinSet::new();
        let nodes: Vec<_> = {
            let known = self.known();
            known
                .nodes
                .iter()
                .take(ASKED)
                .map(|(address, node)| (address.clone(), Arc::clone(node)))
                .collect()
        };
        let command = slots_command();
        for (address, node) in nodes {
            let (command, end) = (command.clone(), Instant::now() + self.deadline);
            asked.spawn(async move {
                let failed = |failure: Failure| ConnectError::unreachable(&address.host, failure.to_string());
                read(&node.ask(command, end).await.map_err(failed)?, &address)
            });
        }
        for seed in &self.seeds {
            let (seed, command, deadline) = (seed.clone(), command.clone(), self.deadline);
            asked.spawn(async move {
                let late =
                    |_| ConnectError::unreachable(&seed.server(), format!("no answer within {deadline:?}"));
                timeout(deadline, ask_seed(&seed, &command)).await.map_err(late)?
            });
        }
        let mut last = self.access().err();
        while let Some(answer) = asked.join_next().await {
            match answer {
                Ok(Ok(slots)) => {
                    self.learn(slots);
                    return Ok(());
                }
                Ok(Err(error)) => last = Some(error),
                Err(_) => (),
            }
        }
        Err(last.unwrap_or_else(|| ConnectError::Setting("the node was not asked".to_owned())))
    }

    fn learn(&self, slots: Slots) {
        let primaries = slots.primaries();
        let mut known = self.known();
        known.nodes.retain(|address, _| primaries.contains(address));
        known.slots = slots;
    }
}

/// Ends the look at the slots, also if its runtime ends.
struct Looking(Arc<Cluster>);

impl Drop for Looking {
    fn drop(&mut self) {
        self.0.looking.store(false, Ordering::Release);
    }
}

/// Returns where a command is to be sent instead. It was not done.
fn redirection(answer: &Value, from: &Hop) -> Option<Hop> {
    let Value::ServerError(error) = answer else { return None };
    let asking = match error.code() {
        "MOVED" => false,
        "ASK" => true,
        _ => return None,
    };
    let (_, to) = error.details()?.split_once(' ')?;
    Some(Hop { to: Address::parse(to, &from.to.host)?, asking })
}

fn too_many() -> Failure {
    Failure::Wrong(format!("the nodes redirect a command more than {REDIRECTIONS} times"))
}
