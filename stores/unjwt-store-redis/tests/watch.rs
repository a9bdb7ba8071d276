//! Keys that change elsewhere.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failure is the test's"
)]

mod common;

use std::time::Duration;

use common::{HANGS, RECOVERS, create, key, present, swap};
use tokio::time::{Instant, sleep, timeout};
use unjwt_store::{Changes, Key, Store as _};
use unjwt_store_redis::RedisStore;
use unjwt_store_servers::{Program, RedisCluster, RedisServer, TcpProxy};

/// Waits for a key, past others.
async fn sees(changes: &mut Changes, key: Key) -> bool {
    while let Some(changed) = changes.next().await {
        if changed == key {
            return true;
        }
    }
    false
}

/// Writes records until one is seen: what was sent while nobody listened is lost.
async fn hears(changes: &mut Changes, other: &RedisStore, first: u32) {
    let end = Instant::now() + RECOVERS;
    for number in first.. {
        if swap(other, key(number), None, b"x").await.unwrap_or(false)
            && timeout(Duration::from_millis(200), sees(changes, key(number))).await == Ok(true)
        {
            return;
        }
        assert!(Instant::now() < end, "no change is heard of");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_elsewhere_is_heard_of() {
    let Some(server) = RedisServer::start() else { return };
    let (store, other) = (RedisStore::connect(server.url()).await, RedisStore::connect(server.url()).await);
    let (store, other) = (store.unwrap(), other.unwrap());
    let (mut changes, mut second) = (store.watch().unwrap(), store.clone().watch().unwrap());
    hears(&mut changes, &other, 0).await;
    hears(&mut second, &other, 1000).await;
    assert_eq!(server.command(&["PUBSUB", "NUMSUB", "unjwt:changes"]), "unjwt:changes\n1");
    // A lost swap changes nothing. What others send is not a key.
    assert!(!swap(&other, key(1000), None, b"y").await.unwrap());
    for text in ["", "x", &"0".repeat(65), &"z".repeat(66), &"x".repeat(100_000)] {
        server.command(&["PUBLISH", "unjwt:changes", text]);
    }
    create(&other, key(5000), b"last").await;
    assert!(timeout(HANGS, sees(&mut changes, key(5000))).await.unwrap());
    assert!(timeout(HANGS, sees(&mut second, key(5000))).await.unwrap());
    // Those who are left have not lost it when one goes.
    drop(second);
    hears(&mut changes, &other, 6000).await;
    drop((store, other));
    assert!(!timeout(HANGS, sees(&mut changes, key(0))).await.unwrap(), "it ends with the store");
    server.wait_until(&["PUBSUB", "NUMSUB", "unjwt:changes"], "unjwt:changes\n0");
}

#[tokio::test]
async fn watching_goes_on_after_the_connection_is_lost() {
    let Some(mut server) = RedisServer::start() else { return };
    let proxy = TcpProxy::start(server.port());
    let connecting = RedisStore::connect(proxy.url()).deadline(Duration::from_millis(500));
    let store = connecting.await.unwrap();
    let mut changes = store.watch().unwrap();
    hears(&mut changes, &store, 0).await;
    proxy.cut();
    hears(&mut changes, &store, 1000).await;
    // Nothing tells that this connection delivers nothing any more.
    proxy.swallow();
    hears(&mut changes, &store, 2000).await;
    server.kill();
    server.restart();
    hears(&mut changes, &store, 3000).await;
}

#[tokio::test]
async fn a_watcher_that_does_not_read_costs_no_memory_and_no_swap() {
    let Some(server) = RedisServer::start() else { return };
    let store = RedisStore::connect(server.url()).await.unwrap();
    let mut changes = store.watch().unwrap();
    hears(&mut changes, &store, 100_000).await;
    for number in 0..3000 {
        assert!(swap(&store, key(number), None, b"x").await.unwrap());
    }
    sleep(Duration::from_millis(300)).await;
    let mut unread = 0;
    while timeout(Duration::from_millis(300), changes.next()).await.is_ok() {
        unread += 1;
    }
    assert!((1..=1100).contains(&unread), "{unread}");
}

#[tokio::test]
async fn a_swap_on_any_node_of_a_cluster_is_heard_of() {
    let Some(cluster) = RedisCluster::start(Program::Redis) else { return };
    let (store, other) =
        (RedisStore::cluster(cluster.urls()).await, RedisStore::cluster(cluster.urls()).await);
    let (store, other) = (store.unwrap(), other.unwrap());
    let mut changes = store.watch().unwrap();
    hears(&mut changes, &other, 10_000).await;
    for number in 0..30 {
        create(&other, key(number), b"x").await;
        assert!(timeout(HANGS, sees(&mut changes, key(number))).await.unwrap());
    }
    present(&store, key(0)).await;
}
