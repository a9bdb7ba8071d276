//! The end of a record.

use std::time::Duration;

use super::quotes::{ABSENT, ANEW, COMPARES, EXPIRES, PASSED, REPLACES, UNCHANGED};
use super::suite::{Suite, broken, in_secs, later, random_key, wait_for};
use super::swap::creators_race;
use crate::{Store, UnixTime};

/// A record whose end has passed is absent to a load, alone and in a batch, and to a swap.
pub async fn an_expired_record_is_absent<S: Store>(suite: &Suite<S>) {
    let (key, stays) = (random_key(), random_key());
    suite.create(&stays, b"stays", later()).await;
    let (entry, until) = suite.create_briefly(&key, b"ends").await;
    suite.gone(&key, until, ABSENT).await;
    let batch = suite.load_all(&[key, stays, key]).await;
    if !matches!(batch.as_slice(), [None, Some(_), None]) {
        broken(ABSENT, "a batch did not contain a current record between an expired one, as `None`, twice");
    }
    if suite.swap(&key, Some(entry.version), b"again", later()).await {
        broken(COMPARES, "a swap with the version of an expired record returned `true`");
    }
    if suite.load(&key).await.is_some() {
        broken(UNCHANGED, "a swap returned `false` and brought an expired record back");
    }
    suite.create(&key, b"anew", later()).await;
    if suite.present(&key).await.value != b"anew" {
        broken(COMPARES, "a swap returned `true`, and its value is not there");
    }
}

/// Of many who write a record anew that has expired, one wins.
pub async fn one_creator_wins_after_the_end<S: Store>(suite: &Suite<S>) {
    let keys = [random_key(), random_key(), random_key()];
    let mut ends = Vec::new();
    for key in &keys {
        ends.push(suite.create_briefly(key, b"ends").await.1);
    }
    for (key, until) in keys.iter().zip(ends) {
        suite.gone(key, until, ABSENT).await;
        creators_race(suite, key).await;
    }
}

/// A record that is written anew has no version that it had before it expired.
pub async fn a_version_from_before_the_end_loses<S: Store>(suite: &Suite<S>) {
    let key = random_key();
    let (entry, until) = suite.create_briefly(&key, b"before").await;
    suite.gone(&key, until, ABSENT).await;
    // With a second value, since a counter that starts again meets the earlier version at some point.
    suite.create(&key, b"anew", later()).await;
    for value in [b"second".as_slice(), b"third"] {
        let present = suite.present(&key).await;
        if present.version == entry.version
            || suite.swap(&key, Some(entry.version), b"overwritten", later()).await
        {
            broken(
                ANEW,
                "a swap with a version from before the end can replace the record that was written anew",
            );
        }
        suite.replace(&key, present.version, value, later()).await;
    }
}

/// A swap moves an end to a later time.
pub async fn an_end_is_moved_later<S: Store>(suite: &Suite<S>) {
    let (other, same) = (random_key(), random_key());
    let mut last = UnixTime::from_secs(0);
    for (key, value) in [(other, b"second".as_slice()), (same, b"first")] {
        loop {
            let (entry, until) = suite.create_briefly(&key, b"first").await;
            last = until;
            // It fails only if the record has expired meanwhile.
            if suite.swap(&key, Some(entry.version), value, later()).await {
                break;
            }
            if UnixTime::now() < until {
                broken(COMPARES, "a swap with the present version returned `false`, and nobody else wrote");
            }
            suite.gone(&key, until, ABSENT).await;
        }
    }
    wait_for(last.plus(Duration::from_secs(1))).await;
    if suite.load_all(&[other, same]).await.contains(&None) {
        broken(REPLACES, "a record expired at an end that a swap had replaced by a later one");
    }
}

/// A swap moves an end to an earlier time.
pub async fn an_end_is_moved_earlier<S: Store>(suite: &Suite<S>) {
    let (other, same) = (random_key(), random_key());
    let until = in_secs(2);
    for (key, value) in [(other, b"second".as_slice()), (same, b"first")] {
        suite.create(&key, b"first", later()).await;
        let entry = suite.present(&key).await;
        suite.replace(&key, entry.version, value, until).await;
    }
    suite.gone(&other, until, REPLACES).await;
    suite.gone(&same, until, REPLACES).await;
}

/// A swap that writes nothing leaves the end, too.
pub async fn a_lost_swap_moves_no_end<S: Store>(suite: &Suite<S>) {
    let (stays, ends) = (random_key(), random_key());
    suite.create(&stays, b"first", later()).await;
    let first = suite.present(&stays).await;
    suite.replace(&stays, first.version, b"second", later()).await;
    let soon = in_secs(2);
    let (_, until) = suite.create_briefly(&ends, b"ends").await;
    for was in [None, Some(first.version)] {
        if suite.swap(&stays, was, b"lost", soon).await {
            broken(COMPARES, "a swap returned `true` although `was` is not the present version");
        }
    }
    // Unless it has expired already, which is right too.
    let lost = !suite.swap(&ends, None, b"lost", later()).await;
    if !lost && UnixTime::now() < until {
        broken(COMPARES, "a swap with `was: None` returned `true` although there is a record");
    }
    wait_for(soon.plus(Duration::from_secs(1))).await;
    if suite.load(&stays).await.is_none() {
        broken(UNCHANGED, "a swap returned `false` and moved the end of the record");
    }
    if lost {
        suite.gone(&ends, until, UNCHANGED).await;
    }
}

/// A record whose end lies in the past is absent.
pub async fn an_end_that_has_passed_makes_the_record_absent<S: Store>(suite: &Suite<S>) {
    let past = UnixTime::from_secs(UnixTime::now().as_secs().saturating_sub(60));
    let key = random_key();
    suite.create(&key, b"past", past).await;
    if suite.load(&key).await.is_some() {
        broken(PASSED, "a record was created with an end in the past, and was loaded");
    }
    suite.create(&key, b"current", later()).await;
    let entry = suite.present(&key).await;
    suite.replace(&key, entry.version, b"past", past).await;
    if suite.load(&key).await.is_some() {
        broken(PASSED, "the end of a record was moved to the past, and the record was loaded");
    }
}

/// An end may lie in the year 9999.
pub async fn an_end_in_the_year_9999_is_kept<S: Store>(suite: &Suite<S>) {
    let key = random_key();
    suite.create(&key, b"long", UnixTime::MAX).await;
    let Some(entry) = suite.load(&key).await else {
        broken(EXPIRES, "a record that ends in the year 9999 is absent");
    };
    suite.replace(&key, entry.version, b"longer", UnixTime::MAX).await;
    if suite.load(&key).await.is_none_or(|entry| entry.value != b"longer") {
        broken(
            EXPIRES,
            "a record whose end was replaced by the year 9999 is absent, or has its earlier value",
        );
    }
    // So that the test leaves nothing on a server that others use.
    let entry = suite.present(&key).await;
    suite.replace(&key, entry.version, b"", in_secs(60)).await;
}
