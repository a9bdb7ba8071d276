//! Faults of a disk, after which the store works again once they have been put right.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::fs;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;

use common::{Directory, create, key, later, load, outage, role};
use rusqlite::Connection;
use unjwt_store::Store;
use unjwt_store_sqlite::SqliteStore;

#[tokio::test]
async fn a_lock_is_an_outage_of_writing_until_it_is_released() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    assert!(create(&store, 1).await.unwrap());
    let other = Connection::open(directory.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let message = outage(create(&store, 2).await);
    assert!(message.contains("logins.db") && message.contains("holds its lock"), "{message}");
    assert!(load(&store, 1).await.unwrap().is_some(), "reading does not need the lock");
    other.execute_batch("ROLLBACK").unwrap();
    assert!(create(&store, 2).await.unwrap());
}

#[tokio::test]
async fn a_short_lock_is_waited_for() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    let other = Connection::open(directory.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let waiting = tokio::spawn(async move { create(&store, 1).await });
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(!waiting.is_finished());
    other.execute_batch("COMMIT").unwrap();
    assert!(waiting.await.unwrap().unwrap());
}

#[tokio::test]
async fn a_directory_that_is_gone_is_an_outage_until_it_is_back() {
    let directory = Directory::new();
    let inner = directory.path().join("inner");
    let away = directory.path().join("away");
    fs::create_dir(&inner).unwrap();
    let store = SqliteStore::open(inner.join("logins.db")).unwrap();
    assert!(create(&store, 1).await.unwrap());
    fs::rename(&inner, &away).unwrap();
    for _ in 0..2 {
        let message = outage(load(&store, 1).await);
        assert!(message.contains("No such file"), "{message}");
        outage(create(&store, 2).await);
    }
    assert!(!inner.exists());
    fs::rename(&away, &inner).unwrap();
    assert!(load(&store, 1).await.unwrap().is_some());
    assert!(create(&store, 2).await.unwrap());
}

#[tokio::test]
async fn a_file_that_is_deleted_is_not_replaced_by_an_empty_one() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    assert!(create(&store, 1).await.unwrap());
    fs::remove_file(directory.file()).unwrap();
    outage(load(&store, 1).await);
    outage(create(&store, 2).await);
    assert!(!directory.file().exists());
}

#[tokio::test]
async fn a_damaged_file_is_an_outage_until_it_is_restored() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    for number in 0..400 {
        assert!(store.swap(&key(number), None, &[1; 4000], later()).await.unwrap());
    }
    drop(store);
    let backup = directory.path().join("backup.db");
    let log = directory.path().join("logins.db-wal");
    common::until(|| !log.exists()).await;
    fs::copy(directory.file(), &backup).unwrap();
    let file = fs::OpenOptions::new().write(true).open(directory.file()).unwrap();
    let length = file.metadata().unwrap().len();
    for page in 3..length / 4096 {
        file.write_all_at(&[0xa5; 64], page * 4096).unwrap();
    }
    drop(file);
    let store = SqliteStore::open(directory.file()).unwrap();
    let message = outage(store.load(&std::array::from_fn::<_, 100, _>(|number| key(number as u32))).await);
    assert!(message.contains("the file is damaged"), "{message}");
    outage(create(&store, 1000).await);
    fs::rename(&backup, directory.file()).unwrap();
    assert!(load(&store, 0).await.unwrap().is_some());
    assert!(create(&store, 1000).await.unwrap());
}

#[tokio::test]
async fn a_file_that_became_another_is_an_outage_until_it_is_put_right() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    assert!(create(&store, 1).await.unwrap());
    let away = directory.path().join("away");
    fs::create_dir(&away).unwrap();
    // The log and its index too, without which the database is not complete.
    let rename = |from: &Path, to: &Path| {
        for name in ["logins.db-wal", "logins.db-shm", "logins.db"] {
            fs::rename(from.join(name), to.join(name)).unwrap();
        }
    };
    rename(directory.path(), &away);
    fs::write(directory.file(), "no database ".repeat(100)).unwrap();
    let message = outage(load(&store, 1).await);
    assert!(message.contains("not a SQLite database"), "{message}");
    rename(&away, directory.path());
    assert!(load(&store, 1).await.unwrap().is_some());
    assert!(create(&store, 2).await.unwrap());
}

/// In a child, in which a small file system may be mounted without rights on the machine.
#[test]
fn a_full_disk_is_an_outage_of_writing_until_there_is_space() {
    let directory = Directory::new();
    let mount = r#"mount -t tmpfs -o size=1m none "$0" && exec "$1" --exact child --nocapture"#;
    let shell = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]);
        command.arg(directory.path()).arg(std::env::current_exe().unwrap());
        command
    };
    match shell(r#"mount -t tmpfs none "$0""#).output() {
        Ok(output) if output.status.success() => {}
        Err(error) if std::env::var_os("CI").is_some() => panic!("`unshare` is needed here: {error}"),
        // Containers may forbid it.
        refused => {
            eprintln!("SKIPPED: a small file system cannot be mounted here: {refused:?}");
            return;
        }
    }
    let file = directory.file();
    let output = shell(mount).env(common::ROLE, format!("full|{}", file.display())).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("full and free again"), "{text}");
}

#[tokio::test]
async fn child() {
    let Some(role) = role() else { return };
    let [_, file] = role.as_slice() else { panic!("{role:?}") };
    let store = SqliteStore::open(file).unwrap();
    let mut number = 0;
    let message = loop {
        match store.swap(&key(number), None, &[1; 4000], later()).await {
            Ok(written) => assert!(written),
            Err(error) => break error.to_string(),
        }
        number += 1;
        assert!(number < 1000, "the disk is not full");
    };
    assert!(message.contains("the disk is full"), "{message}");
    // Reading needs no space at all.
    let directory = Path::new(file).parent().unwrap();
    let mut filler = fs::File::create(directory.join("filler")).unwrap();
    while filler.write_all(&[0; 512]).is_ok() {}
    for present in 0..number {
        assert!(load(&store, present).await.unwrap().is_some(), "{present} was acknowledged");
    }
    assert!(load(&store, number).await.unwrap().is_none(), "what was not acknowledged was rolled back");
    assert!(Command::new("mount").args(["-o", "remount,size=8m"]).arg(directory).status().unwrap().success());
    assert!(create(&store, number).await.unwrap());
    println!("full and free again");
}
