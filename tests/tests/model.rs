//! Random sequences of requests against a simple model of what a session is.
//!
//! A sequence is requests of one browser to a service with six sessions: in each request a random script of reads and
//! writes in middleware, handler and hooks; between them time passes, tabs race, jars are restored, and the browser
//! mistreats its cookies. The library must show what the model expects after each operation, and the browser must hold
//! what the model expects after each response. What holds for every sequence:
//!
//! - a cleared session does not come back from the jar that saw the clear. A copy of the cookies from before may:
//!   stateless sessions cannot revoke;
//! - reading a valid session sets no cookie, and an error is never the library's own;
//! - no stale chunk stays in the jar of those that were sent;
//! - a write that fails changes neither the session nor the response's cookies;
//! - no token is read as a session of another type, though all have the same members and the same key;
//! - an end moves backwards only with the clock.
//!
//! `PROPTEST_CASES` sets the number of sequences.

mod support;

#[path = "model/browser.rs"]
mod browser;
#[path = "model/cell.rs"]
mod cell;
#[path = "model/hooks.rs"]
mod hooks;
#[path = "model/jar.rs"]
mod jar;
#[path = "model/kinds.rs"]
mod kinds;
#[path = "model/ledger.rs"]
mod ledger;
#[path = "model/oracle.rs"]
mod oracle;
#[path = "model/reading.rs"]
mod reading;
#[path = "model/script.rs"]
mod script;
#[path = "model/sequence.rs"]
mod sequence;
#[path = "model/service.rs"]
mod service;
#[path = "model/sessions.rs"]
mod sessions;
#[path = "model/strategies.rs"]
mod strategies;
#[path = "model/wire.rs"]
mod wire;
#[path = "model/writing.rs"]
mod writing;

use std::cell::RefCell;

use proptest::test_runner::{Config, TestCaseError, TestRunner};
use unjwt_tests::told;

use oracle::Census;
use sequence::Sequence;

/// What the default number of sequences must have met, so that none of the model's rules goes unused.
const REACHED: [&str; 24] = [
    "chunks replaced by one cookie",
    "clear",
    "concurrent writes",
    "expired cookie removed",
    "extraction answered by a failed hook",
    "misbehaving browser",
    "offered an incomplete set of chunks",
    "offered another session's token",
    "race of two tabs",
    "read a refused token",
    "read a valid session",
    "read an expired session",
    "read nothing",
    "refused by on_read",
    "renewed",
    "restored jar",
    "session in chunks",
    "session in one cookie",
    "two readings that ask for each other",
    "update that keeps its times",
    "write taken back",
    "write that cannot be serialised",
    "write that is too large",
    "write without what it needs",
];
const DEFAULT_CASES: u32 = 384;

#[test]
fn a_session_is_what_the_model_says() {
    let cases = match std::env::var("PROPTEST_CASES") {
        Ok(_) => Config::default().cases,
        Err(_) => DEFAULT_CASES,
    };
    // A failing sequence belongs into a test of its own, not into a file of seeds.
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let census = RefCell::new(Census::default());
    let result = TestRunner::new(config).run(&strategies::steps(), |steps| {
        let mut sequence = Sequence::new(census.take());
        let result = runtime.block_on(async {
            for (number, step) in steps.iter().enumerate() {
                sequence.step(step).await.map_err(|error| format!("step {number}: {error}"))?;
            }
            Ok(())
        });
        census.replace(sequence.census);
        result.map_err(|reason: String| TestCaseError::fail(reason))
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
    let census = census.into_inner();
    told!("{cases} sequences: {census:#?}");
    let missed: Vec<_> = REACHED.iter().filter(|what| !census.contains_key(**what)).collect();
    assert!(cases < DEFAULT_CASES || missed.is_empty(), "the sequences never reached {missed:?}");
}
