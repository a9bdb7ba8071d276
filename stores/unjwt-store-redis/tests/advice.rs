//! Advice on a server's settings, for the log.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failure is the test's"
)]

use std::io::{Result, Write};
use std::sync::{Arc, Mutex};

use unjwt_store_redis::RedisStore;
use unjwt_store_servers::{Program, RedisServer};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Returns what connecting logs.
async fn log(url: String) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    RedisStore::connect(url).await.unwrap();
    drop(guard);
    let bytes = log.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn a_server_that_drops_records_is_warned_about() {
    let Some(server) = RedisServer::start() else { return };
    for (policy, warns) in [("volatile-lru", true), ("allkeys-random", true), ("noeviction", false)] {
        assert_eq!(server.command(&["CONFIG", "SET", "maxmemory-policy", policy]), "OK");
        let log = log(server.url()).await;
        assert_eq!(log.contains("maxmemory-policy noeviction"), warns, "{policy}: {log}");
        assert_eq!(log.contains("WARN"), warns, "{policy}: {log}");
        assert!(log.contains("appendonly yes"), "{log}");
    }
}

#[tokio::test]
async fn a_server_that_is_set_up_well_is_not_spoken_of() {
    let Some(server) = RedisServer::start_with(Program::Redis, &["--appendonly", "yes"]) else { return };
    let log = log(server.url()).await;
    assert!(!log.contains("WARN") && !log.contains("INFO"), "{log}");
    // A user who may not ask is not told.
    assert_eq!(server.command(&["ACL", "SETUSER", "default", "-config"]), "OK");
    RedisStore::connect(server.url()).await.unwrap();
}
