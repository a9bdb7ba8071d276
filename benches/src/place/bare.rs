//! Clients without the library: one record by its key, and the size of all.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use redis::aio::MultiplexedConnection;
use rusqlite::Connection;
use tokio_postgres::{Client, NoTls, Statement};
use unjwt_store::Key;

use super::PRESENT;

/// A connection that a service might have itself, beside that of the store.
pub enum Bare {
    /// A map behind a lock.
    Memory(Mutex<HashMap<Key, Vec<u8>>>),
    Sqlite(Connection, PathBuf),
    Redis(MultiplexedConnection),
    Postgres(Client, Statement),
}

const READABLE: &str = "the record is there";

impl Bare {
    pub(super) fn memory(value: &[u8]) -> Self {
        Self::Memory(Mutex::new(HashMap::from([(PRESENT, value.to_vec())])))
    }

    pub(super) fn sqlite(file: &Path) -> Self {
        let connection = Connection::open(file).expect("a file");
        Self::Sqlite(connection, file.to_owned())
    }

    pub(super) async fn redis(url: &str) -> Self {
        let client = redis::Client::open(url).expect("an address");
        Self::Redis(client.get_multiplexed_async_connection().await.expect("a server"))
    }

    pub(super) async fn postgres(url: &str) -> Self {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("a server");
        tokio::spawn(connection);
        let select = client.prepare("SELECT value FROM unjwt_logins WHERE key = $1").await;
        Self::Postgres(client, select.expect("a table"))
    }

    /// Reads the record that every store has: a `GET`, or a `SELECT` that was prepared.
    ///
    /// # Panics
    ///
    /// If it is not there.
    pub async fn get(&mut self) -> Vec<u8> {
        match self {
            Self::Memory(records) => {
                // Locked, as what others use.
                let records = &*records;
                records.lock().expect("a lock").get(&PRESENT).cloned().expect(READABLE)
            }
            Self::Sqlite(connection, _) => {
                let select = connection.prepare_cached("SELECT value FROM login WHERE key = ?1");
                select
                    .and_then(|mut select| select.query_row([PRESENT.as_bytes()], |row| row.get(0)))
                    .expect(READABLE)
            }
            Self::Redis(connection) => {
                let mut get = redis::cmd("GET");
                get.arg(format!("unjwt:{PRESENT}"));
                get.query_async(connection).await.expect(READABLE)
            }
            Self::Postgres(client, select) => {
                let key: &[u8] = PRESENT.as_bytes();
                client.query_one(&*select, &[&key]).await.expect(READABLE).get(0)
            }
        }
    }

    /// Returns the bytes of all records in the store with their indexes. `None` where the allocator has to be asked.
    ///
    /// # Panics
    ///
    /// If the server does not say.
    pub async fn bytes(&mut self) -> Option<u64> {
        match self {
            Self::Memory(_) => None,
            Self::Sqlite(connection, file) => {
                let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
                connection.query_row(checkpoint, (), |_| Ok(())).expect("a checkpoint");
                Some(std::fs::metadata(file).expect("a file").len())
            }
            Self::Redis(connection) => {
                let mut info = redis::cmd("INFO");
                info.arg("memory");
                let info: String = info.query_async(connection).await.expect("a server");
                let used = info.lines().find_map(|line| line.strip_prefix("used_memory:"));
                Some(used.and_then(|bytes| bytes.trim().parse().ok()).expect("a number"))
            }
            Self::Postgres(client, _) => {
                let size = "SELECT pg_total_relation_size('unjwt_logins')";
                let row = client.query_one(size, &[]).await.expect("a server");
                Some(row.get::<_, i64>(0).unsigned_abs())
            }
        }
    }
}
