//! A store whose type is chosen at run time.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::{Changes, Entry, Key, Outage, Store, UnixTime, Version};

/// Any store, for a program that chooses one when it starts. Cheap to clone; the clones are one store.
///
/// ```
/// use unjwt_store::{AnyStore, MemoryStore};
/// # type SqliteStore = MemoryStore;
/// # fn open(_: &std::path::Path) -> SqliteStore { MemoryStore::volatile() }
///
/// fn store(file: Option<&std::path::Path>) -> AnyStore {
///     match file {
///         Some(file) => AnyStore::new(open(file)),
///         None => AnyStore::new(MemoryStore::volatile()),
///     }
/// }
/// # let _ = store(None);
/// ```
#[derive(Clone)]
pub struct AnyStore(Arc<dyn Erased>);

impl AnyStore {
    /// Erases the type of a store.
    pub fn new(store: impl Store) -> Self {
        Self(Arc::new(store))
    }
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, Outage>> + Send + 'a>>;

/// [`Store`] as an object.
trait Erased: Send + Sync {
    fn load<'a>(&'a self, keys: &'a [Key]) -> Boxed<'a, Vec<Option<Entry>>>;
    fn swap<'a>(
        &'a self,
        key: &'a Key,
        was: Option<Version>,
        value: &'a [u8],
        until: UnixTime,
    ) -> Boxed<'a, bool>;
    fn watch(&self) -> Option<Changes>;
}

impl<S: Store> Erased for S {
    fn load<'a>(&'a self, keys: &'a [Key]) -> Boxed<'a, Vec<Option<Entry>>> {
        Box::pin(Store::load(self, keys))
    }

    fn swap<'a>(
        &'a self,
        key: &'a Key,
        was: Option<Version>,
        value: &'a [u8],
        until: UnixTime,
    ) -> Boxed<'a, bool> {
        Box::pin(Store::swap(self, key, was, value, until))
    }

    fn watch(&self) -> Option<Changes> {
        Store::watch(self)
    }
}

impl Store for AnyStore {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Entry>>, Outage> {
        self.0.load(keys).await
    }

    async fn swap(
        &self,
        key: &Key,
        was: Option<Version>,
        value: &[u8],
        until: UnixTime,
    ) -> Result<bool, Outage> {
        self.0.swap(key, was, value, until).await
    }

    fn watch(&self) -> Option<Changes> {
        self.0.watch()
    }
}

impl fmt::Debug for AnyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyStore(..)")
    }
}
