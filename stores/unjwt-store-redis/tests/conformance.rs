//! The rules of every store.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failure is the test's"
)]

use std::sync::{Arc, Mutex, PoisonError, Weak};

use unjwt_store::{Changes, Entry, Key, Outage, Store, UnixTime, Version};
use unjwt_store_redis::RedisStore;
use unjwt_store_servers::{Program, RedisCluster, RedisServer};

/// A store and its servers, which end with it.
struct Served<S>(RedisStore, Arc<S>);

impl<S> Served<S> {
    fn another(&self) -> Self {
        Self(self.0.clone(), Arc::clone(&self.1))
    }
}

impl<S: Send + Sync + 'static> Store for Served<S> {
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

/// Returns the servers that other tests use at the moment, or starts some.
fn shared<S>(servers: &Mutex<Weak<S>>, start: impl FnOnce() -> Option<S>) -> Option<Arc<S>> {
    let mut servers = servers.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(running) = servers.upgrade() {
        return Some(running);
    }
    let started = Arc::new(start()?);
    *servers = Arc::downgrade(&started);
    Some(started)
}

async fn one(servers: &Mutex<Weak<RedisServer>>, program: Program) -> Option<Served<RedisServer>> {
    let server = shared(servers, || RedisServer::start_with(program, &[]))?;
    Some(Served(RedisStore::connect(server.url()).await.unwrap(), server))
}

mod redis {
    use super::*;

    static SERVERS: Mutex<Weak<RedisServer>> = Mutex::new(Weak::new());

    unjwt_store::conformance!(
        async || one(&SERVERS, Program::Redis).await,
        another = |store| store.another()
    );
}

mod valkey {
    use super::*;

    static SERVERS: Mutex<Weak<RedisServer>> = Mutex::new(Weak::new());

    unjwt_store::conformance!(
        async || one(&SERVERS, Program::Valkey).await,
        another = |store| store.another()
    );
}

mod cluster {
    use super::*;

    static SERVERS: Mutex<Weak<RedisCluster>> = Mutex::new(Weak::new());

    async fn open() -> Option<Served<RedisCluster>> {
        let servers = shared(&SERVERS, || RedisCluster::start(Program::Redis))?;
        Some(Served(RedisStore::cluster(servers.urls()).await.unwrap(), servers))
    }

    unjwt_store::conformance!(async || open().await, another = |store| store.another());
}

mod sentinel {
    use super::*;

    static SERVERS: Mutex<Weak<[RedisServer; 2]>> = Mutex::new(Weak::new());

    async fn open() -> Option<Served<[RedisServer; 2]>> {
        let servers = shared(&SERVERS, || {
            let primary = RedisServer::start()?;
            let sentinel = RedisServer::start_sentinel_of(&primary, Program::Redis, "main")?;
            Some([primary, sentinel])
        })?;
        Some(Served(RedisStore::sentinel([servers[1].url()], "main").await.unwrap(), servers))
    }

    unjwt_store::conformance!(async || open().await, another = |store| store.another());
}
