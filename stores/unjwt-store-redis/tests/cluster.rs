//! A cluster.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failure is the test's"
)]

mod common;

use std::time::Duration;

use common::{create, key, load, present, recovered, swap};
use unjwt_store::{Key, MAX_KEYS, Store as _};
use unjwt_store_redis::RedisStore;
use unjwt_store_servers::{Program, RedisCluster, RedisServer};

const DEADLINE: Duration = Duration::from_millis(500);

async fn connect(cluster: &RedisCluster) -> RedisStore {
    RedisStore::cluster(cluster.urls()).deadline(DEADLINE).await.unwrap()
}

/// Returns the slot of a key, as a node has it.
fn slot(node: &RedisServer, key: Key) -> u32 {
    node.command(&["CLUSTER", "KEYSLOT", &format!("unjwt:{key}")]).parse().unwrap()
}

/// Returns a key whose slot is in a third of the slots.
fn key_of(cluster: &RedisCluster, third: u32) -> Key {
    let node = &cluster.nodes[0];
    (0..).map(key).find(|key| slot(node, *key) * 3 / 16_384 == third).unwrap()
}

async fn records_are_spread_and_read_together(program: Program) {
    let Some(cluster) = RedisCluster::start(program) else { return };
    let store = RedisStore::cluster([cluster.nodes[1].url()]).await.unwrap();
    let keys: Vec<_> = (0..MAX_KEYS as u32).map(key).collect();
    for (number, key) in keys.iter().enumerate().skip(10) {
        create(&store, *key, &number.to_be_bytes()).await;
    }
    for (number, entry) in store.load(&keys).await.unwrap().into_iter().enumerate() {
        let value = entry.map(|entry| entry.value);
        assert_eq!(value, (number >= 10).then(|| number.to_be_bytes().to_vec()));
    }
    for node in &cluster.nodes {
        assert_ne!(node.command(&["DBSIZE"]), "0");
    }
    let error = RedisStore::connect(cluster.nodes[0].url()).await.unwrap_err().to_string();
    assert!(error.contains("RedisStore::cluster"), "{error}");
}

#[tokio::test]
async fn records_are_spread_and_read_together_in_redis() {
    records_are_spread_and_read_together(Program::Redis).await;
}

#[tokio::test]
async fn records_are_spread_and_read_together_in_valkey() {
    records_are_spread_and_read_together(Program::Valkey).await;
}

#[tokio::test]
async fn a_slot_that_moves_takes_its_records_along() {
    let Some(cluster) = RedisCluster::start(Program::Redis) else { return };
    let store = connect(&cluster).await;
    let [from, to, other] = cluster.nodes.as_slice() else { panic!("three nodes") };
    let moves = key_of(&cluster, 0);
    let first = create(&store, moves, b"one").await;
    let slot = slot(from, moves).to_string();
    let id = |node: &RedisServer| node.command(&["CLUSTER", "MYID"]);
    assert_eq!(to.command(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &id(from)]), "OK");
    assert_eq!(from.command(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &id(to)]), "OK");
    // The record has not moved yet.
    assert!(swap(&store, moves, Some(first.version), b"two").await.unwrap());
    let (name, port) = (format!("unjwt:{moves}"), to.port().to_string());
    assert_eq!(from.command(&["MIGRATE", "127.0.0.1", &port, &name, "0", "5000"]), "OK");
    // The record has moved, the slot has not: the node that has it answers only who asks for it.
    let second = present(&store, moves).await;
    assert_eq!(second.value, b"two");
    assert!(!swap(&store, moves, Some(first.version), b"x").await.unwrap());
    assert!(swap(&store, moves, Some(second.version), b"three").await.unwrap());
    let together = store.load(&[moves, key_of(&cluster, 1), moves]).await.unwrap();
    assert_eq!(together.iter().flatten().filter(|entry| entry.value == b"three").count(), 2);
    for node in [to, from, other] {
        assert_eq!(node.command(&["CLUSTER", "SETSLOT", &slot, "NODE", &id(to)]), "OK");
    }
    let third = present(&store, moves).await;
    assert!(swap(&store, moves, Some(third.version), b"four").await.unwrap());
    assert_eq!(present(&store, moves).await.value, b"four");
}

#[tokio::test]
async fn a_node_that_hangs_takes_only_its_own_records_away() {
    let Some(cluster) = RedisCluster::start(Program::Redis) else { return };
    let store = connect(&cluster).await;
    let keys: Vec<_> = (0..3).map(|third| key_of(&cluster, third)).collect();
    for key in &keys {
        create(&store, *key, b"one").await;
    }
    cluster.nodes[1].stop();
    load(&store, keys[1]).await.unwrap_err();
    for _ in 0..10 {
        load(&store, keys[1]).await.unwrap_err();
        swap(&store, keys[1], None, b"x").await.unwrap_err();
        store.load(&keys).await.unwrap_err();
        assert_eq!(present(&store, keys[0]).await.value, b"one");
        assert_eq!(present(&store, keys[2]).await.value, b"one");
    }
    cluster.nodes[1].resume();
    assert_eq!(recovered(&store, keys[1]).await.unwrap().value, b"one");
}

#[tokio::test]
async fn a_replica_takes_over() {
    let Some(mut cluster) = RedisCluster::start_with_replicas(Program::Redis) else { return };
    // The node that is given ends, so that the others must have been learned.
    let store = RedisStore::cluster([cluster.nodes[0].url()]).deadline(DEADLINE).await.unwrap();
    let on_first = key_of(&cluster, 0);
    let first = create(&store, on_first, b"one").await;
    cluster.nodes[3].wait_until(&["DBSIZE"], "1");
    cluster.nodes[0].kill();
    load(&store, on_first).await.unwrap_err();
    assert_eq!(recovered(&store, on_first).await.as_ref(), Some(&first));
    assert!(swap(&store, on_first, Some(first.version), b"two").await.unwrap());
    let second = present(&store, on_first).await;
    // The old primary returns as a replica of the new one, and does not answer with what it has.
    cluster.nodes[0].restart();
    cluster.nodes[0].wait_until(&["INFO", "replication"], "role:slave");
    assert_eq!(recovered(&store, on_first).await, Some(second));
}

#[tokio::test]
async fn a_swap_can_wait_for_replicas() {
    let Some(cluster) = RedisCluster::start_with_replicas(Program::Redis) else { return };
    let connecting = RedisStore::cluster(cluster.urls()).deadline(DEADLINE).wait_for_replicas(1);
    let store = connecting.await.unwrap();
    create(&store, key_of(&cluster, 1), b"one").await;
    assert_eq!(cluster.nodes[4].command(&["DBSIZE"]), "1");
    cluster.nodes[4].stop();
    let written = swap(&store, key_of(&cluster, 1), None, b"x").await;
    assert!(!written.unwrap(), "it changes nothing, so that there is nothing to wait for");
    cluster.nodes[4].resume();
}
