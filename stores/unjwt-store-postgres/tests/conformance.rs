//! The rules of every store.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure is the test's")]

mod support;

use unjwt_store_postgres::PostgresStore;

async fn open() -> Option<PostgresStore> {
    let server = support::shared()?;
    Some(PostgresStore::connect(&server.url()).await.unwrap())
}

unjwt_store::conformance!(async || open().await, another = |store: &PostgresStore| store.clone());

/// The same rules at the isolation level that rolls back the most.
mod serializable {
    use super::*;

    async fn open() -> Option<PostgresStore> {
        let server = support::shared()?;
        let address = format!("{}&options=-cdefault_transaction_isolation=serializable", server.url());
        let store = PostgresStore::connect(&address).table("serializable").await.unwrap();
        Some(store)
    }

    unjwt_store::conformance!(async || open().await);
}
