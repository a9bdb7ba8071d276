//! `rolling-deployment` on three machines: the session changes while people use it. The programs of both versions are
//! processes behind a proxy that gives each request to the next one, and every answer is what the page of the
//! documentation about versions says.
#![cfg(unix)] // Ctrl-C
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

#[path = "../many_machines/round_robin.rs"]
#[allow(dead_code, reason = "the tests in `many_machines` use all of it")]
mod round_robin;

mod fleet;
mod person;
mod program;
mod traffic;

mod in_one_step;
mod in_two_steps;
mod readable;
mod removed;
mod without_versions;

const DAY: u64 = 24 * 60 * 60;
