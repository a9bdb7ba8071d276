//! The thread of a store. Alone in its process, since it counts the threads of all stores.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{Directory, create, until};
use unjwt_store_sqlite::SqliteStore;

fn threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim() == "unjwt-sqlite").count()
}

#[tokio::test]
async fn a_store_has_one_thread_until_its_last_clone_is_dropped() {
    let directory = Directory::new();
    let stores: Vec<_> = (0..20).map(|_| SqliteStore::open(directory.file()).unwrap()).collect();
    let clones = stores.clone();
    // A thread sets its name when it starts.
    until(|| threads() == 20).await;
    assert!(create(&stores[0], 1).await.unwrap());
    drop(stores);
    assert!(create(&clones[1], 2).await.unwrap());
    assert_eq!(threads(), 20);
    drop(clones);
    until(|| threads() == 0).await;
}
