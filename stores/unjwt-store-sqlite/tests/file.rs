//! The file: what is created, reopened and refused, and what is deleted.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{Directory, create, key, later, load, until};
use rusqlite::Connection;
use unjwt_store::{MAX_KEYS, MAX_VALUE, Store, UnixTime};
use unjwt_store_sqlite::SqliteStore;

fn refusal(path: impl AsRef<std::path::Path>) -> String {
    SqliteStore::open(path).unwrap_err().to_string()
}

#[tokio::test]
async fn records_survive_that_the_store_is_opened_again() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    assert!(create(&store, 1).await.unwrap());
    let entry = load(&store, 1).await.unwrap();
    drop(store);
    let store = SqliteStore::open(directory.file()).unwrap();
    assert_eq!(load(&store, 1).await.unwrap(), entry);
    assert!(store.swap(&key(1), Some(entry.unwrap().version), b"next", later()).await.unwrap());
}

#[tokio::test]
async fn the_last_clone_closes_the_file() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    assert!(create(&store.clone(), 1).await.unwrap());
    let log = directory.path().join("logins.db-wal");
    assert!(log.exists());
    drop(store);
    // SQLite deletes the log when the last connection is closed.
    until(|| !log.exists()).await;
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_reads_what_is_created() {
    use std::os::unix::fs::PermissionsExt;

    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    assert!(create(&store, 1).await.unwrap());
    for entry in fs::read_dir(directory.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", entry.path().display());
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 3, "the database, its log and its index");
}

#[test]
fn a_file_of_another_program_is_refused_and_left_alone() {
    let directory = Directory::new();
    for schema in ["CREATE TABLE login (key, value)", "PRAGMA application_id = 7", "PRAGMA user_version = 1"]
    {
        let path = directory.path().join("other.db");
        Connection::open(&path).unwrap().execute_batch(schema).unwrap();
        let before = fs::read(&path).unwrap();
        assert!(refusal(&path).contains("the database of another program"), "{schema}");
        assert_eq!(fs::read(&path).unwrap(), before);
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_newer_version_is_refused() {
    let directory = Directory::new();
    drop(SqliteStore::open(directory.file()).unwrap());
    let connection = Connection::open(directory.file()).unwrap();
    connection.execute_batch("PRAGMA user_version = 2").unwrap();
    assert!(refusal(directory.file()).contains("has the version 2"));
}

#[test]
fn what_is_no_database_is_refused() {
    let directory = Directory::new();
    fs::write(directory.file(), "some text, longer than the header of a database is. ".repeat(20)).unwrap();
    let message = refusal(directory.file());
    assert!(message.contains("logins.db") && message.contains("not a SQLite database"), "{message}");
    assert!(refusal(directory.path()).contains("not a file"));
    assert!(refusal(directory.path().join("missing/logins.db")).contains("its directory does not exist"));
    assert!(refusal("").contains("empty"));
}

#[tokio::test]
async fn many_threads_may_open_one_new_file() {
    // Several times, since each has one short moment in which it is not complete.
    for _ in 0..20 {
        let directory = Directory::new();
        let opened = || SqliteStore::open(directory.file()).unwrap();
        let stores: Vec<SqliteStore> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(opened)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for (number, store) in (0..).zip(&stores) {
            assert!(create(store, number).await.unwrap());
        }
        for number in 0..8 {
            assert!(load(&stores[0], number).await.unwrap().is_some());
        }
    }
}

#[tokio::test]
async fn expired_records_are_deleted_a_hundred_at_a_time() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    let rows = || {
        let connection = Connection::open(directory.file()).unwrap();
        connection.query_row("SELECT count(*) FROM login", (), |row| row.get::<_, u32>(0)).unwrap()
    };
    let connection = Connection::open(directory.file()).unwrap();
    let expired = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 250)
        INSERT INTO login SELECT randomblob(33), x'00', n, 1000 FROM n";
    connection.execute(expired, ()).unwrap();
    assert_eq!(rows(), 250);
    for (number, left) in [(1, 151), (2, 52), (3, 3), (4, 4)] {
        assert!(create(&store, number).await.unwrap());
        assert_eq!(rows(), left);
    }
}

#[tokio::test]
async fn what_a_store_need_not_take_is_refused_without_harm() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    let outage = store.swap(&key(1), None, &[0; MAX_VALUE + 1], later()).await.unwrap_err();
    assert!(outage.to_string().contains("4097 bytes"), "{outage}");
    let outage = store.load(&[key(1); MAX_KEYS + 1]).await.unwrap_err();
    assert!(outage.to_string().contains("101 keys"), "{outage}");
    assert!(store.swap(&key(1), None, &[0; MAX_VALUE], UnixTime::MAX).await.unwrap());
}
