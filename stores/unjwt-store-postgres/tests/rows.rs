//! The effects of the store in the database, besides the rules of every store.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a failure is the test's")]

mod support;

use std::process::{Command, Stdio};
use std::time::Duration;

use support::{connect_directly, create, earlier, fresh_table, later, load, patiently, random_key, shared};
use tokio_postgres::Client;
use unjwt_store::{Changes, Key, Store};
use unjwt_store_postgres::PostgresStore;

async fn count(client: &Client, sql: &str) -> i64 {
    client.query_one(&format!("SELECT count(*) FROM {sql}"), &[]).await.unwrap().get(0)
}

/// Asks again until the number is the expected one.
async fn becomes(client: &Client, sql: &str, expected: i64) {
    patiently(async {
        while count(client, sql).await != expected {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_deletes_a_hundred_expired_rows_and_skips_those_in_use() {
    let Some(server) = shared() else { return };
    let table = fresh_table();
    let store = PostgresStore::connect(&server.url()).table(&table).await.unwrap();
    let (client, other) = (connect_directly(server).await, connect_directly(server).await);
    let expired = format!(
        "INSERT INTO {table} SELECT decode(lpad(n::text, 66, '0'), 'hex'), '', 0, {} FROM generate_series(1, 250) n",
        earlier().as_secs()
    );
    client.batch_execute(&expired).await.unwrap();
    let lock = format!("BEGIN; SELECT FROM {table} ORDER BY key LIMIT 1 FOR UPDATE");
    other.batch_execute(&lock).await.unwrap();

    assert!(create(&store, &random_key(), b"").await.unwrap());
    becomes(&client, &format!("{table} WHERE until < {}", later().as_secs() - 3600), 150).await;
    for _ in 0..32 {
        assert!(create(&store, &random_key(), b"").await.unwrap());
    }
    becomes(&client, &format!("{table} WHERE version = 0"), 1).await;
    assert_eq!(count(&client, &table).await, 34);
    other.batch_execute("COMMIT").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_was_created_anew_has_a_new_version() {
    let Some(server) = shared() else { return };
    let store = PostgresStore::connect(&server.url()).table(fresh_table()).await.unwrap();
    let key = random_key();
    let mut seen = Vec::new();
    for _ in 0..5 {
        assert!(create(&store, &key, b"value").await.unwrap());
        let version = load(&store, &key).await.unwrap().unwrap().version;
        assert!(!seen.contains(&version));
        seen.push(version);
        assert!(patiently(store.swap(&key, Some(version), b"", earlier())).await.unwrap());
        for old in &seen {
            assert!(!patiently(store.swap(&key, Some(*old), b"", later())).await.unwrap());
        }
    }
}

/// Swaps until a change is heard, since it is not known when the listener listens.
async fn is_heard(changes: &mut Changes, store: &PostgresStore) {
    patiently(async {
        let mut sent: Vec<Key> = Vec::new();
        loop {
            let key = random_key();
            assert!(store.swap(&key, None, b"", later()).await.unwrap());
            sent.push(key);
            if let Ok(heard) = tokio::time::timeout(Duration::from_millis(100), changes.next()).await {
                assert!(sent.contains(&heard.unwrap()));
                return;
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_is_heard_elsewhere_also_after_the_listener_lost_its_connection() {
    let Some(server) = shared() else { return };
    let table = fresh_table();
    let connect = || PostgresStore::connect(&server.url()).table(&table).notify(true);
    let (store, elsewhere) = (connect().await.unwrap(), connect().await.unwrap());
    let mut changes = elsewhere.watch().unwrap();
    let mut others = elsewhere.watch().unwrap();
    is_heard(&mut changes, &store).await;
    assert!(patiently(others.next()).await.is_some(), "each receiver hears it");

    let listener = format!("pg_stat_activity WHERE query = 'LISTEN \"{table}\"'");
    let client = connect_directly(server).await;
    assert_eq!(count(&client, &listener).await, 1, "one connection for all receivers");
    let killed = format!("(SELECT pg_terminate_backend(pid) FROM {listener}) AS killed");
    assert_eq!(count(&client, &killed).await, 1);
    becomes(&client, &listener, 0).await;
    while tokio::time::timeout(Duration::from_millis(10), changes.next()).await.is_ok() {}
    is_heard(&mut changes, &store).await;

    // A change that did not happen is not news.
    let key = random_key();
    while tokio::time::timeout(Duration::from_millis(200), changes.next()).await.is_ok() {}
    assert!(!patiently(store.swap(&key, Some(unjwt_store::Version::new(7)), b"", later())).await.unwrap());
    assert!(tokio::time::timeout(Duration::from_millis(500), changes.next()).await.is_err());

    drop(elsewhere);
    patiently(async { while changes.next().await.is_some() {} }).await;
    becomes(&client, &listener, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_notifications_nothing_is_watched() {
    let Some(server) = shared() else { return };
    let store = PostgresStore::connect(&server.url()).table(fresh_table()).await.unwrap();
    assert!(store.watch().is_none());
}

const CHILD: &str = "UNJWT_TEST_CHILD";
const ROUNDS: u32 = 100;

/// Counts in one record, against others who do the same.
async fn count_up(address: &str) {
    let store = PostgresStore::connect(address).table("counted").await.unwrap();
    let key = Key::from_bytes([7; Key::LEN]);
    for _ in 0..ROUNDS {
        loop {
            let entry = load(&store, &key).await.unwrap();
            let number =
                entry.as_ref().map_or(0, |entry| u32::from_be_bytes(entry.value[..].try_into().unwrap()));
            let was = entry.map(|entry| entry.version);
            let next = (number + 1).to_be_bytes();
            if patiently(store.swap(&key, was, &next, later())).await.unwrap() {
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_change_one_record_lose_no_change() {
    // In the child, which is this test again.
    if let Ok(address) = std::env::var(CHILD) {
        return count_up(&address).await;
    }
    let Some(server) = shared() else { return };
    let test = ["--exact", "processes_that_change_one_record_lose_no_change"];
    let mut children: Vec<_> = (0..2)
        .map(|_| {
            let mut child = Command::new(std::env::current_exe().unwrap());
            child.args(test).env(CHILD, server.url()).stdout(Stdio::null()).spawn().unwrap()
        })
        .collect();
    count_up(&server.url()).await;
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    let sql = "SELECT value FROM counted";
    let value: Vec<u8> = connect_directly(server).await.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(value, (3 * ROUNDS).to_be_bytes());
}
