//! Servers for the tests of stores, each started on a free port of loopback and ended with its value, and a proxy that
//! misbehaves as networks do.
//!
//! Everything here blocks, and panics where a test should fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failure is the test's")]

mod cluster;
mod pgbouncer;
mod ports;
mod postgres;
mod process;
mod proxy;
mod redis;
mod resp;
mod watchdog;

pub use cluster::RedisCluster;
pub use pgbouncer::PgBouncer;
pub use ports::free_port;
pub use postgres::{PostgresServer, url as postgres_url};
pub use process::Process;
pub use proxy::TcpProxy;
pub use redis::{Program, RedisServer};
