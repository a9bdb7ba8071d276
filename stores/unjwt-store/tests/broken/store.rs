//! A store with one flaw.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use unjwt_store::{Entry, Key, Outage, Store, UnixTime, Version};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    ComparesBeforeItWrites,
    ComparesBeforeItWrites2,
    WritesInTwoSteps,
    IgnoresWas,
    LosesAndWrites,
    NoneOverwrites,
    SomeCreates,
    NewVersionForEachLoad,
    OneVersion,
    CachesLoads,
    TornByADrop,
    LockedByADrop,
    NeverExpires,
    ExpiresForLoadsOnly,
    ComparesWithExpired,
    ManyRenew,
    StartsAgain,
    KeepsTheFirstEnd,
    NeverShortens,
    LosesAndMovesTheEnd,
    KeepsThePast,
    ThirtyTwoBits,
    ForgetsTheKind,
    ForgetsTheLastByte,
    LossyText,
    Truncates,
    TakesEmptyForAbsent,
    SortsBatches,
    LeavesOutAbsent,
    LeavesOutRepeated,
    FewerKeys,
    NoKeysIsOne,
    IsOut,
    Panics,
}

use Flaw::*;

pub(crate) struct Flawed {
    flaw: Flaw,
    records: Arc<Mutex<HashMap<Key, Record>>>,
    versions: Arc<AtomicU64>,
    /// The records that this handle has loaded.
    cache: Mutex<HashMap<Key, Entry>>,
}

#[derive(Clone)]
struct Record {
    value: Vec<u8>,
    version: u64,
    until: u64,
    locked: bool,
}

impl Flawed {
    pub(crate) fn new(flaw: Flaw) -> Self {
        Self { flaw, records: Arc::default(), versions: Arc::default(), cache: Mutex::default() }
    }

    pub(crate) fn another(&self) -> Self {
        let (records, versions) = (Arc::clone(&self.records), Arc::clone(&self.versions));
        Self { flaw: self.flaw, records, versions, cache: Mutex::default() }
    }

    fn records(&self) -> MutexGuard<'_, HashMap<Key, Record>> {
        self.records.lock().unwrap()
    }

    fn key(&self, key: &Key) -> Key {
        let mut bytes = *key.as_bytes();
        match self.flaw {
            ForgetsTheKind => bytes[0] = 0,
            ForgetsTheLastByte => bytes[Key::LEN - 1] = 0,
            _ => {}
        }
        Key::from_bytes(bytes)
    }

    fn is_current(&self, until: u64) -> bool {
        let now = UnixTime::now().as_secs();
        match self.flaw {
            NeverExpires => true,
            KeepsThePast => until > now || until < now - 30,
            ThirtyTwoBits => until as i32 as i64 > now as i64,
            _ => until > now,
        }
    }

    fn current(&self, key: &Key) -> Option<Record> {
        self.records().get(&self.key(key)).filter(|record| self.is_current(record.until)).cloned()
    }

    fn load_one(&self, key: &Key) -> Option<Entry> {
        if self.flaw == CachesLoads
            && let Some(entry) = self.cache.lock().unwrap().get(key)
        {
            return Some(entry.clone());
        }
        let record = self.current(key)?;
        let version = match self.flaw {
            NewVersionForEachLoad => self.versions.fetch_add(1, Ordering::Relaxed),
            OneVersion => 1,
            _ => record.version,
        };
        let entry = Entry { value: record.value, version: Version::new(version) };
        self.cache.lock().unwrap().insert(*key, entry.clone());
        (self.flaw != TakesEmptyForAbsent || !entry.value.is_empty()).then_some(entry)
    }

    /// Returns whether `was` is the present version.
    fn compare(&self, record: Option<&Record>, was: Option<Version>) -> bool {
        let current = record.filter(|record| self.is_current(record.until));
        let present = current.map(|record| record.version);
        match self.flaw {
            IgnoresWas | NewVersionForEachLoad => true,
            OneVersion => present.is_some() == was.is_some(),
            NoneOverwrites => was.is_none() || present == was.map(Version::get),
            SomeCreates => present.is_none() || present == was.map(Version::get),
            ExpiresForLoadsOnly if was.is_none() => record.is_none(),
            ComparesWithExpired if was.is_some() => {
                record.map(|record| record.version) == was.map(Version::get)
            }
            _ => {
                record.is_none_or(|record| !record.locked || current.is_none())
                    && present == was.map(Version::get)
            }
        }
    }

    fn next_version(&self, record: Option<&Record>) -> u64 {
        match self.flaw {
            StartsAgain => {
                record.filter(|record| self.is_current(record.until)).map_or(1, |record| record.version + 1)
            }
            _ => self.versions.fetch_add(1, Ordering::Relaxed) + 100,
        }
    }

    fn value(&self, value: &[u8]) -> Vec<u8> {
        match self.flaw {
            Truncates => value[..value.len().min(4095)].to_vec(),
            LossyText => String::from_utf8_lossy(value).into_owned().into_bytes(),
            _ => value.to_vec(),
        }
    }

    fn until(&self, record: Option<&Record>, until: u64) -> u64 {
        match (self.flaw, record) {
            (KeepsTheFirstEnd, Some(record)) => record.until,
            (NeverShortens, Some(record)) => record.until.max(until),
            _ => until,
        }
    }

    fn write(&self, key: &Key, value: &[u8], until: u64) {
        let mut records = self.records();
        let old = records.get(&self.key(key));
        let (version, until) = (self.next_version(old), self.until(old, until));
        let record = Record { value: self.value(value), version, until, locked: false };
        records.insert(self.key(key), record);
        self.cache.lock().unwrap().remove(key);
    }
}

/// Pending once, so that others run.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

impl Store for Flawed {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>, Outage> {
        let mut keys = keys.to_vec();
        match self.flaw {
            IsOut => return Err(Outage::new("the server is gone")),
            SortsBatches => keys.sort(),
            LeavesOutRepeated => keys.dedup(),
            NoKeysIsOne if keys.is_empty() => return Ok(vec![None]),
            _ => {}
        }
        let mut entries: Vec<Option<Entry>> = keys.iter().map(|key| self.load_one(key)).collect();
        match self.flaw {
            LeavesOutAbsent if keys.len() > 1 => entries.retain(Option::is_some),
            FewerKeys => entries.iter_mut().skip(64).for_each(|entry| *entry = None),
            _ => {}
        }
        Ok(entries)
    }

    async fn swap(
        &self,
        key: &Key,
        was: Option<Version>,
        value: &[u8],
        until: UnixTime,
    ) -> Result<bool, Outage> {
        let until = until.as_secs();
        match self.flaw {
            IsOut => return Err(Outage::new("the server is gone")),
            Panics => panic!("a store with a defect"),
            _ => {}
        }
        if !self.compare(self.records().get(&self.key(key)), was) {
            let mut records = self.records();
            match records.get_mut(&self.key(key)) {
                Some(record) if self.flaw == LosesAndWrites => record.value = value.to_vec(),
                Some(record) if self.flaw == LosesAndMovesTheEnd => record.until = until,
                _ => {}
            }
            return Ok(false);
        }
        match self.flaw {
            ComparesBeforeItWrites | ComparesBeforeItWrites2 => pause().await,
            ManyRenew if self.records().contains_key(&self.key(key)) => pause().await,
            WritesInTwoSteps | TornByADrop if value.len() > 8 => {
                if let Some(record) = self.records().get_mut(&self.key(key)) {
                    record.value = [&value[..8], record.value.get(8..).unwrap_or_default()].concat();
                }
                pause().await;
            }
            LockedByADrop => {
                if let Some(record) = self.records().get_mut(&self.key(key)) {
                    record.locked = true;
                }
                pause().await;
            }
            _ => {}
        }
        self.write(key, value, until);
        Ok(true)
    }
}
