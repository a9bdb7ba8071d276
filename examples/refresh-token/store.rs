//! The store of the logins that have ended.

use anyhow::bail;
use unjwt_store::AnyStore;
use unjwt_store_sqlite::SqliteStore;

/// Opens the store in this place: a file for a service on one machine, or the address of a server that many
/// machines share.
///
/// The errors say what to do, and contain no password.
pub async fn open(place: &str) -> anyhow::Result<AnyStore> {
    match place.split_once("://").map(|(scheme, _)| scheme) {
        None => sqlite(place),
        Some("redis" | "rediss" | "valkey" | "valkeys") => redis(place).await,
        Some("postgres" | "postgresql") => postgres(place).await,
        Some(scheme) => {
            bail!("no store is at `{scheme}://..`: give a file, or an address of Redis, Valkey or PostgreSQL")
        }
    }
}

fn sqlite(file: &str) -> anyhow::Result<AnyStore> {
    let store = SqliteStore::open(file)?;
    eprintln!("the logins that have ended are in {}", store.path().display());
    Ok(AnyStore::new(store))
}

#[cfg(feature = "redis")]
async fn redis(address: &str) -> anyhow::Result<AnyStore> {
    Ok(AnyStore::new(unjwt_store_redis::RedisStore::connect(address).await?))
}

#[cfg(not(feature = "redis"))]
async fn redis(_: &str) -> anyhow::Result<AnyStore> {
    bail!("this program is built without Redis and Valkey: add `--features redis` to `cargo run`")
}

#[cfg(feature = "postgres")]
async fn postgres(address: &str) -> anyhow::Result<AnyStore> {
    Ok(AnyStore::new(unjwt_store_postgres::PostgresStore::connect(address).await?))
}

#[cfg(not(feature = "postgres"))]
async fn postgres(_: &str) -> anyhow::Result<AnyStore> {
    bail!("this program is built without PostgreSQL: add `--features postgres` to `cargo run`")
}
