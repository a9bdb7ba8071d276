//! Sentinel.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failure is the test's"
)]

mod common;

use std::time::Duration;

use common::{create, key, present, recovered, swap};
use unjwt_store_redis::RedisStore;
use unjwt_store_servers::{Program, RedisServer, free_port};

/// A primary, its replica and a Sentinel that watches both.
fn start(program: Program) -> Option<[RedisServer; 3]> {
    let primary = RedisServer::start_with(program, &[])?;
    let replica = RedisServer::start_replica_of(&primary, program)?;
    let sentinel = RedisServer::start_sentinel_of(&primary, program, "main")?;
    sentinel.wait_until(&["SENTINEL", "REPLICAS", "main"], &replica.port().to_string());
    Some([primary, replica, sentinel])
}

async fn the_store_follows_a_fail_over(program: Program) {
    let Some([mut primary, replica, sentinel]) = start(program) else { return };
    // One of the Sentinels is away, as some are in a fail-over.
    let sentinels = [format!("redis://127.0.0.1:{}", free_port()), sentinel.url()];
    let connecting = RedisStore::sentinel(sentinels, "main").deadline(Duration::from_millis(500));
    let store = connecting.await.unwrap();
    let first = create(&store, key(1), b"one").await;
    replica.wait_until(&["DBSIZE"], "1");
    primary.kill();
    assert_eq!(recovered(&store, key(1)).await.as_ref(), Some(&first));
    assert!(swap(&store, key(1), Some(first.version), b"two").await.unwrap());
    let second = present(&store, key(1)).await;
    // The old primary returns with nothing and becomes a replica.
    primary.restart();
    primary.wait_until(&["INFO", "replication"], "master_link_status:up");
    assert_eq!(recovered(&store, key(1)).await, Some(second));
}

#[tokio::test]
async fn the_store_follows_a_fail_over_of_redis() {
    the_store_follows_a_fail_over(Program::Redis).await;
}

#[tokio::test]
async fn the_store_follows_a_fail_over_of_valkey() {
    the_store_follows_a_fail_over(Program::Valkey).await;
}

#[tokio::test]
async fn the_store_follows_a_fail_over_by_hand_from_a_primary_that_works() {
    let Some([primary, replica, sentinel]) = start(Program::Redis) else { return };
    let store = RedisStore::sentinel([sentinel.url()], "main").await.unwrap();
    let first = create(&store, key(1), b"one").await;
    replica.wait_until(&["DBSIZE"], "1");
    // Refused as long as the Sentinel does not know how far the replica is.
    sentinel.wait_until(&["SENTINEL", "FAILOVER", "main"], "OK");
    primary.wait_until(&["INFO", "replication"], "role:slave");
    assert_eq!(recovered(&store, key(1)).await.as_ref(), Some(&first));
    assert!(swap(&store, key(1), Some(first.version), b"two").await.unwrap());
    assert_eq!(replica.command(&["DBSIZE"]), "1");
}

#[tokio::test]
async fn an_unknown_service_says_its_name() {
    let Some([_primary, _replica, sentinel]) = start(Program::Redis) else { return };
    let error = RedisStore::sentinel([sentinel.url()], "other").await.unwrap_err().to_string();
    assert!(error.contains("knows no service `other`"), "{error}");
}

#[tokio::test]
async fn the_servers_have_a_password_of_their_own() {
    let Some([primary, _replica, sentinel]) = start(Program::Redis) else { return };
    assert_eq!(primary.command(&["ACL", "SETUSER", "app", "on", ">hunter2", "~*", "&*", "+@all"]), "OK");
    assert_eq!(primary.command(&["ACL", "SETUSER", "default", "-getrange"]), "OK");
    let error = RedisStore::sentinel([sentinel.url()], "main").await.unwrap_err().to_string();
    assert!(error.contains("NOPERM"), "{error}");
    let connecting = RedisStore::sentinel([sentinel.url()], "main").servers("redis://app:hunter2@main/3");
    let store = connecting.await.unwrap();
    create(&store, key(1), b"one").await;
    assert!(primary.command(&["INFO", "keyspace"]).contains("db3:"));
}
