//! Servers and helpers that the tests share.
#![allow(dead_code, unreachable_pub, unused_imports, reason = "each file of tests uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failure is the test's"
)]

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio_postgres::{Client, NoTls};
use unjwt_store::{Entry, Key, Outage, Store, UnixTime, Version};
use unjwt_store_postgres::PostgresStore;
pub use unjwt_store_servers::PostgresServer;

/// The server that the tests of one file share, each with a table of its own. It ends with the process.
pub fn shared() -> Option<&'static PostgresServer> {
    static SHARED: OnceLock<Option<PostgresServer>> = OnceLock::new();
    SHARED.get_or_init(PostgresServer::start).as_ref()
}

/// Connects without a store.
pub async fn connect_directly(server: &PostgresServer) -> Client {
    let (client, connection) = tokio_postgres::connect(&server.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// A name that no other test of the file has.
pub fn fresh_table() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("logins_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Stops waiting for a test that hangs.
pub async fn patiently<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("this takes no minute")
}

/// A key that no other test has.
pub fn random_key() -> Key {
    let mut bytes = [0; Key::LEN];
    for (part, chunk) in bytes.chunks_exact_mut(8).enumerate() {
        chunk.copy_from_slice(&RandomState::new().hash_one(part).to_be_bytes());
    }
    Key::from_bytes(bytes)
}

pub fn later() -> UnixTime {
    UnixTime::now().plus(Duration::from_secs(3600))
}

/// An end that has passed.
pub fn earlier() -> UnixTime {
    UnixTime::from_secs(UnixTime::now().as_secs() - 60)
}

pub async fn load(store: &PostgresStore, key: &Key) -> Result<Option<Entry>, Outage> {
    Ok(patiently(store.load(&[*key])).await?.remove(0))
}

pub async fn create(store: &PostgresStore, key: &Key, value: &[u8]) -> Result<bool, Outage> {
    patiently(store.swap(key, None, value, later())).await
}

pub async fn version(store: &PostgresStore, key: &Key) -> Version {
    load(store, key).await.unwrap().unwrap().version
}

/// Asks until the store answers again by itself.
pub async fn until_it_answers(store: &PostgresStore, key: &Key) -> Option<Entry> {
    patiently(async {
        loop {
            match store.load(&[*key]).await {
                Ok(mut entries) => return entries.remove(0),
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    })
    .await
}
