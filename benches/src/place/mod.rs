//! The stores of logins, each with a server of its own and, beside it, the bare client of that server.

mod bare;

use tempfile::TempDir;
use unjwt_store::{AnyStore, Key, MemoryStore, Store as _, UnixTime};
use unjwt_store_postgres::PostgresStore;
use unjwt_store_redis::RedisStore;
use unjwt_store_servers::{PostgresServer, RedisServer};
use unjwt_store_sqlite::SqliteStore;

pub use bare::Bare;

use crate::stored::PATIENCE;

/// A store, and what it takes to have one. It ends with the value.
pub struct Place {
    pub name: &'static str,
    pub store: AnyStore,
    pub bare: Bare,
    _server: Server,
}

/// Held until the place ends.
#[expect(dead_code, reason = "they are only dropped")]
enum Server {
    None,
    Folder(TempDir),
    Redis(RedisServer),
    Postgres(PostgresServer),
}

/// The record that the bare client reads.
pub const PRESENT: Key = Key::from_bytes([9; Key::LEN]);

/// The record of a user with one login has as many bytes.
const VALUE: [u8; 45] = [1; 45];

/// The kinds of stores, in the order of the tables.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Memory,
    Sqlite,
    Redis,
    Postgres,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Memory, Self::Sqlite, Self::Redis, Self::Postgres];

    /// Opens an empty store. `None` if its server is not installed, which is printed, and fails where `CI` is set.
    ///
    /// # Panics
    ///
    /// If it does not open.
    pub async fn open(self) -> Option<Place> {
        let (name, store, bare, server) = match self {
            Self::Memory => {
                let store = MemoryStore::volatile();
                ("memory", AnyStore::new(store), Bare::memory(&VALUE), Server::None)
            }
            Self::Sqlite => {
                let folder = tempfile::tempdir().expect("a folder");
                let file = folder.path().join("logins.db");
                let store = SqliteStore::open(&file).expect("a file");
                ("SQLite", AnyStore::new(store), Bare::sqlite(&file), Server::Folder(folder))
            }
            Self::Redis => {
                let server = RedisServer::start()?;
                let store = RedisStore::connect(server.url()).deadline(PATIENCE).await.expect("a server");
                let bare = Bare::redis(&server.url()).await;
                ("Redis", AnyStore::new(store), bare, Server::Redis(server))
            }
            Self::Postgres => {
                let server = PostgresServer::start_with(&["shared_buffers=256MB", "max_wal_size=4GB"])?;
                let store = PostgresStore::connect(&server.url()).connections(8).deadline(PATIENCE);
                let store = store.await.expect("a server");
                let bare = Bare::postgres(&server.url()).await;
                ("PostgreSQL", AnyStore::new(store), bare, Server::Postgres(server))
            }
        };
        let until = UnixTime::now().plus(std::time::Duration::from_secs(7 * 24 * 60 * 60));
        let written = store.swap(&PRESENT, None, &VALUE, until).await;
        assert!(written.expect("a store that works"), "the store is not empty");
        Some(Place { name, store, bare, _server: server })
    }
}
