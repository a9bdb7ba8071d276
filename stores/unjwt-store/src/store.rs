//! The contract between the sessions and their store.

use std::future::Future;
use std::sync::Arc;

use crate::{Changes, Entry, Key, Outage, UnixTime, Version};

/// A store of small records that expire.
///
/// The sessions decide what the records mean; a store only keeps them. It never lists, scans or deletes, so any
/// key-value service can be one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a store of logins",
    label = "not a `Store`",
    note = "on one machine: `SqliteStore` of `unjwt-store-sqlite`; for several: `RedisStore` of `unjwt-store-redis` or `PostgresStore` of `unjwt-store-postgres`",
    note = "in tests: `unjwt_store::MemoryStore::volatile()`"
)]
pub trait Store: Send + Sync + 'static {
    /// Returns the records of these keys, in the order of the keys, in one round trip.
    ///
    /// A record that has expired, or never existed, is `None`. The result contains every swap that this store, or a
    /// clone of it, has returned `true` for.
    ///
    /// # Errors
    ///
    /// [`Outage`] if any of the records cannot be read.
    fn load(&self, keys: &[Key]) -> impl Future<Output = Result<Vec<Option<Entry>>, Outage>> + Send;

    /// Writes the record if its present version is `was`, or if it is absent or expired and `was` is `None`. Returns
    /// whether it was written.
    ///
    /// The comparison and the write are one step: of several swaps with the same `was`, one succeeds. A version is
    /// that of one value: once the record was written again, even after it had expired, a swap with the earlier
    /// version fails. If the future is dropped, the record is either as before or entirely as `value`.
    ///
    /// `value` has at most [`MAX_VALUE`](crate::MAX_VALUE) bytes and may be empty. The record expires at `until`,
    /// which replaces the earlier end, be it earlier or later.
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
    /// A hint that speeds up what other processes learn. Messages may be lost, repeated, or about the caller's own
    /// swaps.
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
