//! The store itself.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio_postgres::types::Type;
use tokio_postgres::{Config, Error, Row};
use unjwt_store::{Changes, Entry, Key, Outage, Store, UnixTime, Version};

use crate::Connect;
use crate::lines::Lines;
use crate::query::{Answer, Query};
use crate::table::Table;
use crate::watch::Watch;

/// Of so many writes, one deletes expired rows.
const SWEEP_EVERY: u64 = 16;

/// A store of logins in a table of a PostgreSQL database. Cheap to clone; the clones are one store.
#[derive(Clone)]
pub struct PostgresStore(Arc<Inner>);

struct Inner {
    lines: Arc<Lines>,
    table: Table,
    writes: AtomicU64,
    watch: Option<Watch>,
}

impl PostgresStore {
    /// The SQL that creates the table `unjwt_logins`, for a role that may not create it itself. It may run again.
    pub const SCHEMA: &str = "\
CREATE TABLE IF NOT EXISTS unjwt_logins (
    key bytea PRIMARY KEY,
    value bytea NOT NULL,
    version bigint NOT NULL,
    until bigint NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS unjwt_logins_until ON unjwt_logins (until);";

    /// Connects to the server at this address, such as `postgres://user:password@host:5432/database`, when the returned
    /// settings are awaited. Creates the table if it does not exist and the role may.
    ///
    /// The [address](Config) may name several servers, of which the one that takes writes is used. It must be awaited,
    /// and the store used, in a tokio runtime with time and I/O.
    ///
    /// # Errors
    ///
    /// Awaiting it fails with a [`ConnectError`](crate::ConnectError) if the server cannot be reached within 10 seconds,
    /// is a standby, or has no such table that the role may read and write.
    ///
    /// # Security
    ///
    /// Across a network that others can reach, write `sslmode=require` into the address: without it, somebody in between
    /// can pretend that the server has no TLS, and answer in its place that no login was ended.
    pub fn connect(address: &str) -> Connect {
        Connect::to(address)
    }

    /// Like [`connect`](Self::connect), with the configuration of `tokio-postgres`.
    pub fn with_config(config: Config) -> Connect {
        Connect::with(config)
    }

    pub(crate) fn new(lines: Lines, table: Table, watch: Option<Watch>) -> Self {
        Self(Arc::new(Inner { lines: Arc::new(lines), table, writes: AtomicU64::new(0), watch }))
    }

    /// Returns the statement that deletes expired rows, if it is its turn after a write.
    fn sweep(&self, answer: &Answer) -> Option<Query> {
        let due =
            answer.written > 0 && self.0.writes.fetch_add(1, Ordering::Relaxed).is_multiple_of(SWEEP_EVERY);
        due.then(|| Query { sql: Arc::clone(&self.0.table.sweep), parameters: Vec::new(), repeatable: false })
    }
}

impl Store for PostgresStore {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>, Outage> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: Vec<Vec<u8>> = keys.iter().map(|key| key.as_bytes().to_vec()).collect();
        let query = Query {
            sql: Arc::clone(&self.0.table.load),
            parameters: vec![(Box::new(wanted), Type::BYTEA_ARRAY)],
            repeatable: true,
        };
        let answer = self.0.lines.ask(query, |_| None).await?;
        let mut found = BTreeMap::new();
        for row in &answer.rows {
            if row.try_get::<_, bool>(0)? {
                return Err(Outage::new(
                    "this Postgres server has become a standby, which may not know the latest writes",
                ));
            }
            found.extend(record(row)?);
        }
        Ok(keys.iter().map(|key| found.get(key.as_bytes().as_slice()).cloned()).collect())
    }

    async fn swap(
        &self,
        key: &Key,
        was: Option<Version>,
        value: &[u8],
        until: UnixTime,
    ) -> Result<bool, Outage> {
        // Random, so that no version comes back: a counter would, after a fail-over or from a backup.
        let version = getrandom::u64()?;
        let until = i64::try_from(until.as_secs()).unwrap_or(i64::MAX);
        let mut query = Query {
            sql: Arc::clone(&self.0.table.create),
            parameters: vec![
                (Box::new(key.as_bytes().to_vec()), Type::BYTEA),
                (Box::new(value.to_vec()), Type::BYTEA),
                (Box::new(version.cast_signed()), Type::INT8),
                (Box::new(until), Type::INT8),
            ],
            repeatable: false,
        };
        if let Some(was) = was {
            query.sql = Arc::clone(&self.0.table.change);
            query.parameters.push((Box::new(was.get().cast_signed()), Type::INT8));
        }
        let store = self.clone();
        let answer = self.0.lines.ask(query, move |answer| store.sweep(answer)).await?;
        Ok(answer.written > 0)
    }

    fn watch(&self) -> Option<Changes> {
        self.0.watch.as_ref().map(Watch::changes)
    }
}

/// The key and the entry of a row. `None` for the row that only says whether the server is a standby.
fn record(row: &Row) -> Result<Option<(&[u8], Entry)>, Error> {
    let Some(key) = row.try_get::<_, Option<&[u8]>>(1)? else {
        return Ok(None);
    };
    let version = Version::new(row.try_get::<_, i64>(3)?.cast_unsigned());
    Ok(Some((key, Entry { value: row.try_get(2)?, version })))
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresStore({})", self.0.table.name)
    }
}
