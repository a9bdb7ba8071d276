//! The bytes of keys and values.

use super::quotes::{ANY_BYTES, COMPARES, KEY};
use super::suite::{Suite, broken, later, random_key};
use crate::{Key, MAX_VALUE, Store};

/// Keys that differ in one byte are different, also where text would be the same.
pub async fn keys_are_told_apart<S: Store>(suite: &Suite<S>) {
    let base = *random_key().as_bytes();
    let mut keys = Vec::new();
    for place in [0, 1, Key::LEN / 2, Key::LEN - 1] {
        // The end of a C string and of padded text, cases of a letter, and what is no UTF-8.
        for byte in [0, b' ', b'a', b'A', 0x80, 0xff] {
            let mut bytes = base;
            if let Some(at) = bytes.get_mut(place) {
                *at = byte;
            }
            keys.push(Key::from_bytes(bytes));
        }
    }
    keys.sort();
    keys.dedup();
    for (value, key) in (0_u8..).zip(&keys) {
        if !suite.swap(key, None, &[value], later()).await {
            broken(KEY, "a key was taken for another that differs in one byte");
        }
    }
    for (value, entry) in (0_u8..).zip(suite.load_all(&keys).await) {
        if entry.is_none_or(|entry| entry.value != [value]) {
            broken(KEY, "a key led to the record of another that differs in one byte");
        }
    }
}

/// Values of any bytes are kept as they are.
pub async fn any_bytes_are_kept<S: Store>(suite: &Suite<S>) {
    let all: Vec<u8> = (0..=u8::MAX).cycle().take(MAX_VALUE).collect();
    let values: [&[u8]; 8] = [
        &all,
        b"",
        &[0],
        b"ends with zeros\0\0",
        b"ends with spaces  ",
        &[0xff, 0xfe, 0xc0, 0x80],
        b"'; \\ % $1 ? \r\n",
        &[0xff; MAX_VALUE],
    ];
    let replaced = random_key();
    let mut was = None;
    for value in values {
        let created = random_key();
        suite.create(&created, value, later()).await;
        if !suite.swap(&replaced, was, value, later()).await {
            broken(COMPARES, "a swap with the present version returned `false`, and nobody else wrote");
        }
        for key in [created, replaced] {
            let entry = suite.load(&key).await;
            let kept = entry.as_ref().map(|entry| entry.value.as_slice());
            if kept != Some(value) {
                let kept = kept.map_or("no record".into(), |kept| format!("{} bytes", kept.len()));
                broken(ANY_BYTES, format!("{} bytes were written, and {kept} came back", value.len()));
            }
            was = entry.map(|entry| entry.version);
        }
        if suite.swap(&created, None, b"other", later()).await {
            broken(COMPARES, format!("a record of {} bytes was taken for an absent one", value.len()));
        }
    }
}
