//! The rules of `Store`.

#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;

use common::Directory;
use unjwt_store::{Entry, Key, Outage, Store, UnixTime, Version};
use unjwt_store_sqlite::SqliteStore;

/// A store and its directory.
#[derive(Clone)]
struct InDirectory {
    store: SqliteStore,
    directory: Arc<Directory>,
}

impl InDirectory {
    fn new() -> Self {
        let directory = Arc::new(Directory::new());
        Self { store: SqliteStore::open(directory.file()).unwrap(), directory }
    }

    /// Another connection to the same file.
    fn opened_again(&self) -> Self {
        let store = SqliteStore::open(self.directory.file()).unwrap();
        Self { store, directory: Arc::clone(&self.directory) }
    }
}

impl Store for InDirectory {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>, Outage> {
        self.store.load(keys).await
    }

    async fn swap(
        &self,
        key: &Key,
        was: Option<Version>,
        value: &[u8],
        until: UnixTime,
    ) -> Result<bool, Outage> {
        self.store.swap(key, was, value, until).await
    }
}

mod clones {
    use super::*;

    unjwt_store::conformance!(|| InDirectory::new(), another = |store: &InDirectory| store.clone());
}

mod two_connections {
    use super::*;

    unjwt_store::conformance!(|| InDirectory::new(), another = |store: &InDirectory| store.opened_again());
}
