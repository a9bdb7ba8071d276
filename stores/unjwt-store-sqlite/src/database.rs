//! The database: its schema and its statements.

use std::fmt::Write;
use std::time::{Duration, Instant};

use rusqlite::{CachedStatement, Connection, MAIN_DB, OpenFlags, Transaction, TransactionBehavior, params};
use unjwt_store::{Entry, Key, UnixTime, Version};

use crate::error::{explain, is_locked};
use crate::file::{File, Identity};

/// "unjw", by which a file is known as one of these.
const APPLICATION: i64 = 0x756e_6a77;

/// The version of the schema.
const SCHEMA: i64 = 1;

/// The time for which a lock of another process is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// The smallest number of expired records that a transaction deletes, if there are as many.
const EXPIRED: usize = 100;

// The index makes the expired records findable. `STRICT` refuses other types, which no code here expects.
const CREATE: &str = "
    CREATE TABLE login (
        key BLOB PRIMARY KEY NOT NULL,
        value BLOB NOT NULL,
        version INTEGER NOT NULL,
        until INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX login_until ON login (until);
";

// A version is random, rather than counted: it does not start again after an expiry, nor after a backup was restored.
const INSERT: &str = "
    INSERT INTO login (key, value, version, until) VALUES (?1, ?2, random(), ?3)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version, until = excluded.until
    WHERE login.until <= ?4
";

const UPDATE: &str = "
    UPDATE login SET value = ?2, version = random(), until = ?3
    WHERE key = ?1 AND version = ?5 AND until > ?4
";

const DELETE: &str = "
    DELETE FROM login WHERE key IN (SELECT key FROM login WHERE until <= ?1 ORDER BY until LIMIT ?2)
";

/// One write.
pub(crate) struct Swap {
    pub(crate) key: Key,
    pub(crate) was: Option<Version>,
    pub(crate) value: Vec<u8>,
    pub(crate) until: UnixTime,
}

/// An open database.
pub(crate) struct Database {
    connection: Connection,
    identity: Identity,
}

impl Database {
    /// Opens a file that exists. Returns a sentence if that fails.
    pub(crate) fn open(file: &File) -> Result<Self, String> {
        let identity = file.identity().map_err(|error| error.to_string())?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(file.path(), flags);
        let mut connection = opened.map_err(|error| explain(&error))?;
        prepare(&mut connection)?;
        Ok(Self { connection, identity })
    }

    /// Returns whether this is still the file at the path. Otherwise others would not see what is written here.
    pub(crate) fn is_at(&self, file: &File) -> bool {
        file.identity().is_ok_and(|identity| identity == self.identity)
    }

    /// Returns the records of these keys.
    pub(crate) fn load(&self, keys: &[Key]) -> rusqlite::Result<Vec<Option<Entry>>> {
        let mut entries = vec![None; keys.len()];
        let Some(last) = keys.last() else { return Ok(entries) };
        // Few statements serve every number of keys: the last key fills them up.
        let places = keys.len().next_power_of_two();
        let mut select = select(&self.connection, places)?;
        select.raw_bind_parameter(1, now())?;
        for (place, key) in keys.iter().chain(std::iter::repeat(last)).take(places).enumerate() {
            select.raw_bind_parameter(place + 2, key.as_bytes().as_slice())?;
        }
        let mut rows = select.raw_query();
        while let Some(row) = rows.next()? {
            let key: [u8; Key::LEN] = row.get(0)?;
            let version = Version::new(row.get::<_, i64>(2)?.cast_unsigned());
            let entry = Entry { value: row.get(1)?, version };
            for (place, _) in entries.iter_mut().zip(keys).filter(|(_, wanted)| *wanted.as_bytes() == key) {
                *place = Some(entry.clone());
            }
        }
        Ok(entries)
    }

    /// Makes all writes in one transaction, in their order, and waits until the disk has them. Returns which succeeded.
    pub(crate) fn swap(&mut self, swaps: &[Swap]) -> rusqlite::Result<Vec<bool>> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // After the lock, so that the time of a write is not before that of the write which it waited for.
        let now = now();
        let written = swaps.iter().map(|swap| write(&transaction, swap, now)).collect::<Result<_, _>>()?;
        // Twice as many as were written, so that the file does not grow for ever.
        let expired = i64::try_from((2 * swaps.len()).max(EXPIRED)).unwrap_or(i64::MAX);
        transaction.prepare_cached(DELETE)?.execute(params![now, expired])?;
        transaction.commit()?;
        Ok(written)
    }
}

fn write(transaction: &Transaction<'_>, swap: &Swap, now: i64) -> rusqlite::Result<bool> {
    let (key, until) = (swap.key.as_bytes().as_slice(), seconds(swap.until));
    let rows = match swap.was {
        None => transaction.prepare_cached(INSERT)?.execute(params![key, swap.value, until, now])?,
        Some(was) => {
            let was = was.get().cast_signed();
            transaction.prepare_cached(UPDATE)?.execute(params![key, swap.value, until, now, was])?
        }
    };
    Ok(rows == 1)
}

/// Returns the statement that selects the records of this many keys.
fn select(connection: &Connection, keys: usize) -> rusqlite::Result<CachedStatement<'_>> {
    let mut sql = String::from("SELECT key, value, version FROM login WHERE until > ?1 AND key IN (?2");
    for place in 1..keys {
        // Writing into a string does not fail.
        let _ = write!(sql, ", ?{}", place + 2);
    }
    sql.push(')');
    connection.prepare_cached(&sql)
}

fn now() -> i64 {
    seconds(UnixTime::now())
}

fn seconds(time: UnixTime) -> i64 {
    time.as_secs().cast_signed()
}

/// Checks that the database is one of ours, or makes an empty one ours, and chooses how it is written.
fn prepare(connection: &mut Connection) -> Result<(), String> {
    let told = |error: rusqlite::Error| explain(&error);
    connection.busy_timeout(PATIENCE).map_err(told)?;
    connection.set_prepared_statement_cache_capacity(16);
    if connection.is_readonly(MAIN_DB).map_err(told)? {
        return Err("the file must be writable for this user".into());
    }
    let ours = is_ours(&connection.transaction().map_err(told)?)?;
    if !ours {
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(told)?;
        // Another process may have been faster.
        if !is_ours(&transaction)? {
            transaction.execute_batch(CREATE).map_err(told)?;
            transaction.pragma_update(None, "application_id", APPLICATION).map_err(told)?;
            transaction.pragma_update(None, "user_version", SCHEMA).map_err(told)?;
        }
        transaction.commit().map_err(told)?;
    }
    write_ahead(connection)?;
    // Each commit is on the disk before it is acknowledged: an ended login must not be usable again after a power cut.
    // `NORMAL` would leave that to the next checkpoint. The second is what this takes on macOS.
    connection.pragma_update(None, "synchronous", "FULL").map_err(told)?;
    connection.pragma_update(None, "fullfsync", true).map_err(told)?;
    // The log becomes short again after a backup has held it up.
    connection
        .pragma_update_and_check(None, "journal_size_limit", 16 * 1024 * 1024, |_| Ok(()))
        .map_err(told)?;
    select(connection, 1).map(drop).map_err(told)
}

/// Returns whether the database is one of ours. `false` if it is empty.
///
/// The transaction makes the three one state, while another process may be creating the schema.
fn is_ours(transaction: &Transaction<'_>) -> Result<bool, String> {
    let number = |sql: &str| transaction.query_row(sql, (), |row| row.get::<_, i64>(0));
    let application = number("PRAGMA application_id").map_err(|error| explain(&error))?;
    let schema = number("PRAGMA user_version").map_err(|error| explain(&error))?;
    let objects = number("SELECT count(*) FROM sqlite_schema").map_err(|error| explain(&error))?;
    match (application, schema, objects) {
        (APPLICATION, SCHEMA, _) => Ok(true),
        (APPLICATION, newer, _) => Err(format!(
            "the file has the version {newer} of a store of logins, and this program knows {SCHEMA}; update the program"
        )),
        (0, 0, 0) => Ok(false),
        _ => Err("the file is the database of another program; choose another path".into()),
    }
}

/// Switches to a write-ahead log, in which readers and a writer do not wait for each other.
fn write_ahead(connection: &Connection) -> Result<(), String> {
    let started = Instant::now();
    loop {
        let mode = connection.query_row("PRAGMA journal_mode = WAL", (), |row| row.get::<_, String>(0));
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                return Err(format!(
                    "its file system has no write-ahead log (the mode is {mode}); use a local disk"
                ));
            }
            // SQLite does not wait for a process that switches at the same time.
            Err(error) if is_locked(&error) && started.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(error) => return Err(explain(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_has_each_commit_before_it_is_acknowledged() {
        let path = std::env::temp_dir().join(format!("unjwt-store-sqlite-{}.db", std::process::id()));
        let file = File::new(&path).unwrap();
        file.create().unwrap();
        let database = Database::open(&file).unwrap();
        let pragma = |name: &str| {
            let sql = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
            database.connection.query_row(&sql, (), |row| row.get::<_, String>(0)).unwrap()
        };
        let settings = ["journal_mode", "synchronous", "fullfsync"].map(pragma);
        drop(database);
        std::fs::remove_file(path).unwrap();
        assert_eq!(settings, ["wal", "2", "1"]);
    }

    #[test]
    fn a_load_needs_few_statements() {
        let counts = (1..=unjwt_store::MAX_KEYS).map(usize::next_power_of_two);
        assert_eq!(counts.collect::<std::collections::BTreeSet<_>>().len(), 8);
    }
}
