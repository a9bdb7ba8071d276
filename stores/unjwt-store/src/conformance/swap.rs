//! Comparing and writing.

use std::sync::Arc;

use super::quotes::{COMPARES, ONE_STEP, ONE_VALUE, OWN_WRITES, UNCHANGED};
use super::suite::{Suite, broken, certain, in_secs, later, load, present, random_key};
use crate::{Entry, Key, MAX_VALUE, Outage, Store, Version};

const CREATORS: usize = 16;
const COUNTERS: usize = 8;
const COUNTS: u64 = 5;

/// Of many who create a record, one wins, and its value is there.
pub async fn one_creator_wins<S: Store>(suite: &Suite<S>) {
    for _ in 0..5 {
        creators_race(suite, &random_key()).await;
    }
}

/// Lets many create a record that is absent or expired.
pub(super) async fn creators_race<S: Store>(suite: &Suite<S>, key: &Key) {
    let key = *key;
    let until = later();
    let winners = suite
        .race(CREATORS, move |number, store| async move {
            let written = store.swap(&key, None, &[number as u8], until).await?;
            Ok(written.then_some(number as u8))
        })
        .await;
    let winners: Vec<u8> = winners.into_iter().flatten().collect();
    let [winner] = winners.as_slice() else {
        broken(ONE_STEP, format!("{} of {CREATORS} swaps with `was: None` returned `true`", winners.len()));
    };
    let entry = suite.present(&key).await;
    if entry.value != [*winner] {
        broken(UNCHANGED, "a swap returned `false`, and its value is there instead of the winner's");
    }
}

/// A counter that many count up has every count at the end, and nobody sees half a value meanwhile.
pub async fn a_counter_under_contention_loses_nothing<S: Store>(suite: &Suite<S>) {
    let key = random_key();
    suite.create(&key, &wide(0), later()).await;
    let seen = suite.race(COUNTERS, move |_, store| count(store, key)).await;
    let last = suite.present(&key).await;
    let mut seen: Vec<Entry> = seen.into_iter().flatten().chain([last.clone()]).collect();
    if seen.iter().any(|entry| entry.value != wide(number(entry))) {
        broken(ONE_STEP, "a load returned a mixture of two values");
    }
    let (total, counted) = (COUNTERS as u64 * COUNTS, number(&last));
    if counted != total {
        broken(
            ONE_STEP,
            format!("{total} swaps returned `true`, each adding 1, and the counter is {counted}"),
        );
    }
    seen.sort_by_key(|entry| entry.version);
    if seen.windows(2).any(|pair| matches!(pair, [a, b] if a.version == b.version && a.value != b.value)) {
        broken(ONE_VALUE, "two loads returned the same version with different values");
    }
}

/// Counts up, and returns what was seen on the way.
async fn count<S: Store>(store: Arc<S>, key: Key) -> Result<Vec<Entry>, Outage> {
    let mut seen = Vec::new();
    let mut counts = 0;
    while counts < COUNTS {
        let Some(entry) = store.load(&[key]).await?.pop().flatten() else {
            return Err(Outage::new("a record disappeared while it was written"));
        };
        let next = wide(number(&entry) + 1);
        counts += u64::from(store.swap(&key, Some(entry.version), &next, later()).await?);
        seen.push(entry);
    }
    Ok(seen)
}

/// A number as a value of the maximum length.
fn wide(number: u64) -> Vec<u8> {
    number.to_be_bytes().repeat(MAX_VALUE / 8)
}

fn number(entry: &Entry) -> u64 {
    entry.value.first_chunk().copied().map(u64::from_be_bytes).unwrap_or_default()
}

/// A version of a value that was replaced writes nothing.
pub async fn a_stale_version_loses<S: Store>(suite: &Suite<S>) {
    let key = random_key();
    suite.create(&key, b"first", later()).await;
    let first = suite.present(&key).await;
    suite.replace(&key, first.version, b"second", later()).await;
    let second = suite.present(&key).await;
    if suite.swap(&key, Some(first.version), b"third", later()).await {
        broken(ONE_VALUE, "a swap with the version of a value that was replaced returned `true`");
    }
    unchanged(suite, &key, &second).await;
    suite.replace(&key, second.version, b"third", later()).await;
    if suite.present(&key).await.value != b"third" {
        broken(COMPARES, "a swap returned `true`, and its value is not there");
    }
}

/// `was: None` writes nothing if there is a record.
pub async fn nobody_creates_what_is_present<S: Store>(suite: &Suite<S>) {
    let key = random_key();
    suite.create(&key, b"first", later()).await;
    let first = suite.present(&key).await;
    for value in [b"other".as_slice(), b"first"] {
        if suite.swap(&key, None, value, later()).await {
            broken(COMPARES, "a swap with `was: None` returned `true` although there is a record");
        }
        unchanged(suite, &key, &first).await;
    }
}

/// A version writes nothing if there is no record.
pub async fn nobody_replaces_what_is_absent<S: Store>(suite: &Suite<S>) {
    let present = random_key();
    suite.create(&present, b"value", later()).await;
    let elsewhere = suite.present(&present).await.version;
    for was in [elsewhere, Version::new(0), Version::new(1), Version::new(u64::MAX)] {
        let key = random_key();
        if suite.swap(&key, Some(was), b"value", later()).await {
            broken(COMPARES, "a swap with `was: Some(..)` returned `true` although there is no record");
        }
        if suite.load(&key).await.is_some() {
            broken(UNCHANGED, "a swap returned `false` and made a record");
        }
    }
}

/// All loads of one value return one version, and another value has another.
pub async fn versions_are_stable<S: Store>(suite: &Suite<S>) {
    let key = random_key();
    let others = [random_key(), random_key()];
    suite.create(&key, b"0", later()).await;
    let mut earlier = vec![suite.present(&key).await.version];
    for value in 1..=8_u8 {
        let Some(last) = earlier.last().copied() else { return };
        suite.replace(&key, last, &[value], in_secs(3600 + u64::from(value))).await;
        suite.create(&random_key(), b"unrelated", later()).await;
        let entry = suite.present(&key).await;
        let [first, second] = others;
        let in_batch = suite.load_all(&[first, key, second]).await.into_iter().flatten().next();
        if in_batch.as_ref() != Some(&entry) || present(&*suite.another, &key).await != entry {
            broken(
                ONE_VALUE,
                "two loads of one value returned different versions, and nobody wrote in between",
            );
        }
        if earlier.contains(&entry.version) {
            broken(ONE_VALUE, "a load returned a version that an earlier value had");
        }
        earlier.push(entry.version);
    }
}

/// What one handle wrote is what the other loads next.
pub async fn another_handle_sees_every_swap<S: Store>(suite: &Suite<S>) {
    let key = random_key();
    let mut was = None;
    for round in 0..50_u8 {
        let (writer, reader) = match round % 2 {
            0 => (&*suite.store, &*suite.another),
            _ => (&*suite.another, &*suite.store),
        };
        if !certain(writer.swap(&key, was, &[round], later()).await) {
            broken(OWN_WRITES, "a version that one handle had loaded was not the present one to the other");
        }
        for handle in [reader, writer] {
            let seen = load(handle, &key).await;
            if seen.as_ref().is_none_or(|entry| entry.value != [round]) {
                broken(OWN_WRITES, "a load after a swap did not contain it");
            }
            was = seen.map(|entry| entry.version);
        }
    }
}

/// A swap that returned `false` left the record as it was.
async fn unchanged<S: Store>(suite: &Suite<S>, key: &Key, entry: &Entry) {
    if suite.load(key).await.as_ref() != Some(entry) {
        broken(UNCHANGED, "a swap returned `false` and changed the record");
    }
}
