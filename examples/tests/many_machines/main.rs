//! `refresh-token` on three machines: processes of it that share a store and keys, behind a proxy that gives each request
//! to the next one. Renewals meet what happens to them in a service: tabs, lost responses, a machine that dies, a store
//! that stops, and a thief.
#![cfg(unix)] // signals
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failure is the test's"
)]
#![allow(unreachable_pub, reason = "a test has no outside: `pub` says what its other modules use")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../browser/browser.rs"]
#[allow(dead_code, reason = "the tests in `browser` use all of it")]
mod browser;
#[path = "../browser/driver.rs"]
mod driver;

mod machines;
mod record;
mod round_robin;

mod at_once;
mod copied;
mod killed;
mod lost;
mod outage;
mod tabs;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
