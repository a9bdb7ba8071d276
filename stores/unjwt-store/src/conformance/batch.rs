//! Several records in one load.

use super::quotes::{BATCH, EACH_KEY, ORDER};
use super::suite::{Suite, broken, later, random_key};
use crate::{Entry, Key, MAX_KEYS, Store};

/// Elements come in the order of the keys, with `None` between them and for each repetition.
pub async fn a_batch_keeps_the_order_of_its_keys<S: Store>(suite: &Suite<S>) {
    let keys: Vec<Key> = (0..6).map(|_| random_key()).collect();
    for (value, key) in (0_u8..).zip(&keys) {
        suite.create(key, &[value], later()).await;
    }
    let absent = random_key();
    let mut sorted: Vec<(u8, Key)> = (0_u8..).zip(keys.iter().copied()).collect();
    sorted.sort_by_key(|(_, key)| *key);
    for backwards in [false, true] {
        if backwards {
            sorted.reverse();
        }
        let batch: Vec<Key> = sorted.iter().flat_map(|(_, key)| [*key, absent]).collect();
        let expected: Vec<Option<u8>> = sorted.iter().flat_map(|(value, _)| [Some(*value), None]).collect();
        if values(suite.load_all(&batch).await) != expected {
            broken(
                ORDER,
                "the elements of a batch are not in the order of its keys, with `None` where absent",
            );
        }
    }
    if let [first, second, ..] = *keys.as_slice() {
        let batch = [first, second, first, absent, absent, first];
        if values(suite.load_all(&batch).await) != [Some(0), Some(1), Some(0), None, None, Some(0)] {
            broken(EACH_KEY, "a key that occurs several times did not lead to its record each time");
        }
    }
}

/// A batch has any size that is allowed.
pub async fn a_batch_may_have_no_keys_or_a_hundred<S: Store>(suite: &Suite<S>) {
    if !suite.load_all(&[]).await.is_empty() {
        broken(BATCH, "a load of no keys returned an element");
    }
    let keys: Vec<Key> = (0..MAX_KEYS).map(|_| random_key()).collect();
    let mut expected = Vec::new();
    for (value, key) in (0_u8..).zip(&keys) {
        let present = value % 3 != 0;
        if present {
            suite.create(key, &[value], later()).await;
        }
        expected.push(present.then_some(value));
    }
    if values(suite.load_all(&keys).await) != expected {
        broken(BATCH, format!("a load of {MAX_KEYS} keys did not return their records"));
    }
}

/// The first byte of each value.
fn values(entries: Vec<Option<Entry>>) -> Vec<Option<u8>> {
    entries.into_iter().map(|entry| entry?.value.first().copied()).collect()
}
