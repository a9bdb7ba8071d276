//! The contract between the sessions and their store.

use std::future::Future;
use std::sync::Arc;

use crate::{Changes, Entry, Key, Outage, UnixTime, Version};

/// A store of small records that expire.
///
/// The sessions decide what the records mean; a store only keeps them. It never lists, scans or deletes for them, so
/// any key-value service can be one. [`conformance!`](crate::conformance!) tests the rules below.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a store of logins",
    label = "not a `Store`",
    note = "on one machine: `SqliteStore` of `unjwt-store-sqlite`; for several: `RedisStore` of `unjwt-store-redis` or `PostgresStore` of `unjwt-store-postgres`",
    note = "in tests: `unjwt_store::MemoryStore::volatile()`"
)]
pub trait Store: Send + Sync + 'static {
    /// Returns the records of these keys, in the order of the keys, in one round trip.
    ///
    /// The result has one element for each key, also if a key occurs twice. There are at most
    /// [`MAX_KEYS`](crate::MAX_KEYS) keys, or none. A record that has expired, or never existed, is `None`. The result
    /// contains every swap that this store, or a clone of it, has returned `true` for before the call.
    ///
    /// # Errors
    ///
    /// [`Outage`] if any of the records cannot be read.
    fn load(&self, keys: &[Key]) -> impl Future<Output = Result<Vec<Option<Entry>>, Outage>> + Send;

    /// Writes the record if its present version is `was`, or if it is absent or expired and `was` is `None`. Returns
    /// whether it was written; if it was not, the record and its end are as before.
    ///
    /// The comparison and the write are one step: of several swaps with the same `was`, one succeeds. A version
    /// stands for one value of one key: a swap fails with the version of any other value than the present one, even
    /// if the record has expired in between and was written anew. Only a swap to the value that is there already may
    /// keep the version.
    ///
    /// If the future is dropped, the record is as before or entirely as `value`, now or soon, and the store keeps
    /// working.
    ///
    /// `value` has at most [`MAX_VALUE`](crate::MAX_VALUE) bytes of any kind and may be empty. The record expires at
    /// `until`, which replaces the earlier end, be it earlier or later. If `until` has passed, the record is absent at
    /// once. The clock is that of the store's server, or of this process if there is none.
    ///
    /// # Errors
    ///
    /// [`Outage`] if it is not certain that the answer is right. The record may have been written nevertheless.
    fn swap(
        &self,
        key: &Key,
        was: Option<Version>,
        value: &[u8],
        until: UnixTime,
    ) -> impl Future<Output = Result<bool, Outage>> + Send;

    /// Returns the keys that change elsewhere, as they change. `None` for a store that cannot tell.
    ///
    /// It speeds up what other processes learn, and proves nothing: messages may be lost, repeated, late, or about the
    /// caller's own swaps. An expiry is not a message. A store that loses its server watches again by itself once the
    /// server is back; [`Changes`] ends only with the store. Each call returns a receiver of its own.
    fn watch(&self) -> Option<Changes> {
        None
    }
}

impl<S: Store> Store for Arc<S> {
    fn load(&self, keys: &[Key]) -> impl Future<Output = Result<Vec<Option<Entry>>, Outage>> + Send {
        S::load(self, keys)
    }

    fn swap(
        &self,
        key: &Key,
        was: Option<Version>,
        value: &[u8],
        until: UnixTime,
    ) -> impl Future<Output = Result<bool, Outage>> + Send {
        S::swap(self, key, was, value, until)
    }

    fn watch(&self) -> Option<Changes> {
        S::watch(self)
    }
}
