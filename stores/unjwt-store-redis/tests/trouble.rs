//! Servers and networks that fail: each call ends by the deadline, and the store works again by itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failure is the test's"
)]

mod common;

use std::time::Duration;

use common::{HANGS, RECOVERS, create, key, load, present, recovered, swap};
use tokio::time::{Instant, sleep, timeout};
use unjwt_store::Store as _;
use unjwt_store_redis::RedisStore;
use unjwt_store_servers::{Program, RedisServer, TcpProxy};

const DEADLINE: Duration = Duration::from_millis(500);

async fn connect(url: String) -> RedisStore {
    RedisStore::connect(url).deadline(DEADLINE).await.unwrap()
}

/// A server and a store that reaches it through a proxy.
async fn behind_a_proxy() -> Option<(RedisServer, TcpProxy, RedisStore)> {
    let server = RedisServer::start()?;
    let proxy = TcpProxy::start(server.port());
    let store = connect(proxy.url()).await;
    Some((server, proxy, store))
}

/// Expects outages from a load, a swap, and many loads at once.
async fn is_out(store: &RedisStore) {
    load(store, key(1)).await.unwrap_err();
    swap(store, key(9), None, b"x").await.unwrap_err();
    let tasks: Vec<_> = (0..100)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { load(&store, key(number)).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap_err();
    }
}

/// Swaps until it works.
async fn writes(store: &RedisStore, value: &[u8]) {
    let end = Instant::now() + RECOVERS;
    loop {
        let was = recovered(store, key(1)).await.map(|entry| entry.version);
        match swap(store, key(1), was, value).await {
            Ok(true) => break,
            outcome => assert!(Instant::now() < end, "{outcome:?}"),
        }
    }
    assert_eq!(recovered(store, key(1)).await.unwrap().value, value);
}

async fn a_stopped_server_is_an_outage_until_it_goes_on(program: Program) {
    let Some(server) = RedisServer::start_with(program, &[]) else { return };
    let store = connect(server.url()).await;
    create(&store, key(1), b"one").await;
    for _ in 0..2 {
        server.stop();
        is_out(&store).await;
        server.resume();
        assert_eq!(recovered(&store, key(1)).await.unwrap().value, b"one");
    }
    writes(&store, b"two").await;
}

#[tokio::test]
async fn a_stopped_redis_is_an_outage_until_it_goes_on() {
    a_stopped_server_is_an_outage_until_it_goes_on(Program::Redis).await;
}

#[tokio::test]
async fn a_stopped_valkey_is_an_outage_until_it_goes_on() {
    a_stopped_server_is_an_outage_until_it_goes_on(Program::Valkey).await;
}

#[tokio::test]
async fn a_server_that_was_killed_has_forgotten_everything_and_works_again() {
    let Some(mut server) = RedisServer::start() else { return };
    let store = connect(server.url()).await;
    let first = create(&store, key(1), b"one").await;
    server.kill();
    is_out(&store).await;
    server.restart();
    assert_eq!(recovered(&store, key(1)).await, None);
    assert!(!swap(&store, key(1), Some(first.version), b"two").await.unwrap());
    let second = create(&store, key(1), b"one").await;
    assert_ne!(second.version, first.version);
}

#[tokio::test]
async fn a_server_that_appends_to_a_file_has_forgotten_nothing() {
    let persistent = ["--appendonly", "yes", "--appendfsync", "always"];
    let Some(mut server) = RedisServer::start_with(Program::Redis, &persistent) else { return };
    let store = connect(server.url()).await;
    let first = create(&store, key(1), b"one").await;
    server.restart();
    assert_eq!(recovered(&store, key(1)).await, Some(first));
}

#[tokio::test]
async fn a_connection_that_delivers_nothing_is_given_up() {
    let Some((_server, proxy, store)) = behind_a_proxy().await else { return };
    create(&store, key(1), b"one").await;
    proxy.hold();
    is_out(&store).await;
    proxy.release();
    assert_eq!(recovered(&store, key(1)).await.unwrap().value, b"one");
    // The old connection never delivers anything again, and nothing but a new one helps.
    proxy.swallow();
    load(&store, key(1)).await.unwrap_err();
    assert_eq!(recovered(&store, key(1)).await.unwrap().value, b"one");
    writes(&store, b"two").await;
}

#[tokio::test]
async fn a_connection_is_given_up_also_if_no_caller_waits_for_the_deadline() {
    let Some((_server, proxy, store)) = behind_a_proxy().await else { return };
    create(&store, key(1), b"one").await;
    proxy.swallow();
    let end = Instant::now() + RECOVERS;
    while timeout(DEADLINE / 10, store.load(&[key(1)])).await.is_err() {
        assert!(Instant::now() < end, "it does not recover");
    }
    assert_eq!(recovered(&store, key(1)).await.unwrap().value, b"one");
}

#[tokio::test]
async fn a_swap_whose_answer_is_lost_is_an_outage_and_never_a_refusal() {
    let Some((server, proxy, store)) = behind_a_proxy().await else { return };
    let first = create(&store, key(1), b"one").await;
    proxy.hold_replies();
    swap(&store, key(1), Some(first.version), b"two").await.unwrap_err();
    proxy.cut();
    proxy.release();
    let second = recovered(&store, key(1)).await.unwrap();
    assert_eq!(second.value, b"two", "the server received it");
    assert_eq!(present(&connect(server.url()).await, key(1)).await, second);
}

#[tokio::test]
async fn a_connection_that_was_cut_while_nobody_used_it_is_no_outage() {
    let Some((_server, proxy, store)) = behind_a_proxy().await else { return };
    create(&store, key(1), b"one").await;
    for _ in 0..5 {
        proxy.cut();
        // The first read may meet the connection that has ended, and is done again over the next one.
        assert_eq!(present(&store, key(1)).await.value, b"one");
    }
    writes(&store, b"two").await;
}

#[tokio::test]
async fn connections_that_are_cut_all_the_time_are_outages() {
    let Some((_server, proxy, store)) = behind_a_proxy().await else { return };
    create(&store, key(1), b"one").await;
    proxy.refuse();
    is_out(&store).await;
    proxy.release();
    assert_eq!(recovered(&store, key(1)).await.unwrap().value, b"one");
    writes(&store, b"two").await;
}

#[tokio::test]
async fn a_slow_network_is_an_outage_only_beyond_the_deadline() {
    let Some((server, proxy, store)) = behind_a_proxy().await else { return };
    create(&store, key(1), b"one").await;
    proxy.delay(DEADLINE * 3);
    load(&store, key(1)).await.unwrap_err();
    proxy.delay(Duration::ZERO);
    assert_eq!(recovered(&store, key(1)).await.unwrap().value, b"one");
    let patient = RedisStore::connect(proxy.url()).deadline(HANGS).await.unwrap();
    proxy.delay(DEADLINE * 2);
    assert_eq!(present(&patient, key(1)).await.value, b"one");
    assert_eq!(server.command(&["DBSIZE"]), "1");
}

#[tokio::test]
async fn a_server_that_hangs_at_startup_is_an_error() {
    let Some(server) = RedisServer::start() else { return };
    server.stop();
    let connecting = RedisStore::connect(server.url()).deadline(DEADLINE);
    let error = timeout(HANGS, connecting.into_future()).await.expect("it hangs").unwrap_err();
    assert!(error.to_string().contains("within 500ms"), "{error}");
    let connecting = RedisStore::cluster([server.url()]).deadline(DEADLINE);
    timeout(HANGS, connecting.into_future()).await.expect("it hangs").unwrap_err();
    let connecting = RedisStore::sentinel([server.url()], "main").deadline(DEADLINE);
    timeout(HANGS, connecting.into_future()).await.expect("it hangs").unwrap_err();
}

/// Returns how many records the server has been asked for.
fn reads(server: &RedisServer) -> u64 {
    let statistics = server.command(&["INFO", "commandstats"]);
    let line = statistics.lines().find_map(|line| line.strip_prefix("cmdstat_getrange:calls="));
    line.and_then(|line| line.split(',').next()).map_or(0, |calls| calls.parse().unwrap())
}

#[tokio::test]
async fn a_server_that_hangs_is_sent_no_more_than_the_limit() {
    const LIMIT: usize = 8;
    let Some(server) = RedisServer::start() else { return };
    let connecting = RedisStore::connect(server.url()).deadline(DEADLINE).concurrency_limit(LIMIT);
    let store = connecting.await.unwrap();
    let before = reads(&server);
    server.stop();
    let tasks: Vec<_> = (0..500)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { load(&store, key(number)).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap_err();
    }
    server.resume();
    // What was sent is executed after the server goes on, before this command or after it.
    sleep(DEADLINE).await;
    let sent = reads(&server) - before;
    assert!(sent <= 2 * LIMIT as u64, "{sent} reads were sent");
    // All turns are free again.
    for number in 0..3 * LIMIT as u32 {
        assert_eq!(recovered(&store, key(number)).await, None);
    }
}

#[tokio::test]
async fn a_swap_that_a_fail_over_has_lost_cannot_be_built_on() {
    let Some(mut primary) = RedisServer::start() else { return };
    let Some(replica) = RedisServer::start_replica_of(&primary, Program::Redis) else { return };
    let proxy = TcpProxy::start(primary.port());
    let store = connect(proxy.url()).await;
    let first = create(&store, key(1), b"one").await;
    let name = format!("unjwt:{}", key(1));
    replica.wait_until(&["STRLEN", &name], "12");
    // From now on nothing is replicated.
    assert_eq!(replica.command(&["REPLICAOF", "NO", "ONE"]), "OK");
    assert!(swap(&store, key(1), Some(first.version), b"two").await.unwrap());
    let lost = present(&store, key(1)).await;
    primary.kill();
    proxy.turn_to(replica.port());
    assert_eq!(recovered(&store, key(1)).await.as_ref(), Some(&first));
    assert!(!swap(&store, key(1), Some(lost.version), b"three").await.unwrap());
    assert!(swap(&store, key(1), Some(first.version), b"two").await.unwrap());
    let second = present(&store, key(1)).await;
    assert_ne!(second.version, lost.version, "the same value, written by another swap");
    assert!(!swap(&store, key(1), Some(lost.version), b"three").await.unwrap());
}

#[tokio::test]
async fn a_server_that_becomes_a_replica_is_an_outage() {
    let Some(server) = RedisServer::start() else { return };
    let Some(other) = RedisServer::start() else { return };
    let store = connect(server.url()).await;
    create(&store, key(1), b"one").await;
    let port = other.port().to_string();
    assert_eq!(server.command(&["REPLICAOF", "127.0.0.1", &port]), "OK");
    for _ in 0..3 {
        let outage = load(&store, key(1)).await.unwrap_err().to_string();
        assert!(outage.contains("replica"), "{outage}");
        swap(&store, key(1), None, b"two").await.unwrap_err();
    }
    assert_eq!(server.command(&["REPLICAOF", "NO", "ONE"]), "OK");
    writes(&store, b"three").await;
}

#[tokio::test]
async fn a_swap_can_wait_for_replicas() {
    let Some(primary) = RedisServer::start() else { return };
    let Some(replica) = RedisServer::start_replica_of(&primary, Program::Redis) else { return };
    let store = RedisStore::connect(primary.url()).deadline(DEADLINE).wait_for_replicas(1).await.unwrap();
    let first = create(&store, key(1), b"one").await;
    let name = format!("unjwt:{}", key(1));
    assert_eq!(replica.command(&["STRLEN", &name]), "12");
    assert!(!swap(&store, key(1), None, b"x").await.unwrap());
    primary.command(&["SCRIPT", "FLUSH"]);
    assert!(swap(&store, key(1), Some(first.version), b"two").await.unwrap());
    replica.stop();
    let second = present(&store, key(1)).await;
    let outage = swap(&store, key(1), Some(second.version), b"three").await.unwrap_err().to_string();
    assert!(outage.contains("0 replicas"), "{outage}");
    // Reads have a connection of their own.
    assert_eq!(present(&store, key(1)).await.value, b"three");
    replica.resume();
    writes(&store, b"four").await;
    assert_eq!(replica.command(&["STRLEN", &name]), "13");
}

#[test]
fn a_store_outlives_the_runtime_that_it_was_connected_in() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let Some(server) = RedisServer::start() else { return };
    let first = runtime();
    let store = first.block_on(connect(server.url()));
    let entry = first.block_on(create(&store, key(1), b"one"));
    drop(first);
    assert_eq!(runtime().block_on(recovered(&store, key(1))), Some(entry));
}
