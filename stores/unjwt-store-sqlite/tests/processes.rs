//! Several processes with one file, and the end of one.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Directory, Process, create, key, later, load, role};
use unjwt_store::{Store, Version};
use unjwt_store_sqlite::SqliteStore;

const COUNTS: u64 = 200;

/// Adds one to a counter this often.
async fn count(store: &SqliteStore, counts: u64) {
    let mut written = 0;
    while written < counts {
        let entry = load(store, 0).await.unwrap();
        let (was, number) = entry.map_or((None, 0), |entry| (Some(entry.version), number(&entry.value)));
        let next = (number + 1).to_be_bytes();
        written += u64::from(store.swap(&key(0), was, &next, later()).await.unwrap());
    }
}

fn number(value: &[u8]) -> u64 {
    u64::from_be_bytes(value.try_into().unwrap())
}

/// The work of the children.
#[tokio::test]
async fn child() {
    let Some(role) = role() else { return };
    let [what, file] = role.as_slice() else { panic!("{role:?}") };
    let store = SqliteStore::open(file).unwrap();
    println!("opened");
    match what.as_str() {
        "count" => count(&store, COUNTS).await,
        "write" => {
            for number in 0.. {
                assert!(create(&store, number).await.unwrap());
                println!("acknowledged {number}");
            }
        }
        _ => panic!("{what}"),
    }
}

#[tokio::test]
async fn processes_that_overlap_lose_nothing() {
    let directory = Directory::new();
    let file = directory.file();
    let start = || Process::start(&["count", file.to_str().unwrap()]);
    // All three may find no file, and create it.
    let mut first = start();
    let second = start();
    let store = SqliteStore::open(&file).unwrap();
    count(&store, COUNTS).await;
    assert!(first.next("opened").is_some());
    // As in a restart: a new process begins while another ends.
    first.finish();
    let third = start();
    drop(store);
    second.finish();
    third.finish();
    let store = SqliteStore::open(&file).unwrap();
    let entry = load(&store, 0).await.unwrap().unwrap();
    assert_eq!(number(&entry.value), 4 * COUNTS);
}

#[tokio::test]
async fn a_process_that_is_killed_loses_no_acknowledged_swap() {
    let directory = Directory::new();
    for round in 1..=5_u32 {
        let file = directory.path().join(format!("{round}.db"));
        let mut process = Process::start(&["write", file.to_str().unwrap()]);
        let mut acknowledged = 0;
        for _ in 0..50 * round {
            acknowledged = process.next("acknowledged").unwrap().parse().unwrap();
        }
        process.kill();
        // What was told before the end but not read yet was acknowledged too.
        while let Some(more) = process.next("acknowledged") {
            acknowledged = more.parse().unwrap();
        }
        let store = SqliteStore::open(&file).unwrap();
        for number in 0..=acknowledged {
            let entry = load(&store, number).await.unwrap();
            assert_eq!(entry.unwrap().value, b"value", "{number} of {acknowledged}");
        }
        assert!(
            load(&store, acknowledged + 2).await.unwrap().is_none(),
            "they were written one after another"
        );
        assert!(create(&store, u32::MAX).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_callers_are_answered() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    let callers: Vec<_> = (0..1000_u32)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                // Two for each record.
                let won = create(&store, number / 2).await.unwrap();
                let entry = load(&store, number / 2).await.unwrap().unwrap();
                let lost = store.swap(&key(number / 2), Some(Version::new(1)), b"", later()).await.unwrap();
                assert!(!lost);
                (won, entry.version)
            })
        })
        .collect();
    let mut winners = 0;
    let mut versions = std::collections::BTreeSet::new();
    for caller in callers {
        let (won, version) = caller.await.unwrap();
        winners += u32::from(won);
        versions.insert(version);
    }
    assert_eq!((winners, versions.len()), (500, 500));
}
