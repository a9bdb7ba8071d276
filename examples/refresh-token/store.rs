//! The store of the logins that have ended.

use unjwt_store_sqlite::SqliteStore;

/// Opens the store in this file, or makes one. A service on one machine needs no other.
pub fn open(file: &str) -> anyhow::Result<SqliteStore> {
    let store = SqliteStore::open(file)?;
    eprintln!("the logins that have ended are in {}", store.path().display());
    Ok(store)
}
