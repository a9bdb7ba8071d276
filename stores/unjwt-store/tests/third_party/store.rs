use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use unjwt_store::{Entry, Key, Outage, Store, UnixTime, Version};

#[derive(Clone, Default)]
pub struct MapStore(Arc<Mutex<Records>>);

#[derive(Default)]
struct Records {
    by_key: HashMap<Key, (Entry, UnixTime)>,
    // One counter for all keys: it does not start again when a record expires.
    last_version: u64,
}

impl Store for MapStore {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>, Outage> {
        let records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = UnixTime::now();
        Ok(keys.iter().map(|key| records.present(key, now).cloned()).collect())
    }

    async fn swap(
        &self,
        key: &Key,
        was: Option<Version>,
        value: &[u8],
        until: UnixTime,
    ) -> Result<bool, Outage> {
        // The lock makes the comparison and the write one step.
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = UnixTime::now();
        if records.present(key, now).map(|entry| entry.version) != was {
            return Ok(false);
        }
        records.last_version += 1;
        let version = Version::new(records.last_version);
        records.by_key.insert(*key, (Entry { value: value.to_vec(), version }, until));
        Ok(true)
    }
}

impl Records {
    fn present(&self, key: &Key, now: UnixTime) -> Option<&Entry> {
        let (entry, until) = self.by_key.get(key)?;
        (*until > now).then_some(entry)
    }
}
