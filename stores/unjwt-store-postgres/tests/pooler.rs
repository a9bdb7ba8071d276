//! The rules of every store, behind a pooler of transactions.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure is the test's")]

mod support;

use std::sync::OnceLock;

use support::shared;
use unjwt_store_postgres::PostgresStore;
use unjwt_store_servers::PgBouncer;

async fn open() -> Option<PostgresStore> {
    static POOLER: OnceLock<Option<PgBouncer>> = OnceLock::new();
    let server = shared()?;
    let pooler = POOLER.get_or_init(|| PgBouncer::start(server)).as_ref()?;
    Some(PostgresStore::connect(&pooler.url()).await.unwrap())
}

unjwt_store::conformance!(async || open().await);
