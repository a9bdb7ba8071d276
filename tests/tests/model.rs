//! Random sequences of requests, compared with a simple model of sessions.
//!
//! A sequence consists of requests of one browser to a service with six sessions. In each request, a random
//! script reads and writes them in middleware, in the handler, in hooks and in tasks that these leave behind.
//! Hooks refuse, fail, hang, wait, and request other sessions; requests are dropped. Between requests, time
//! passes, tabs race, cookie jars are restored, and the browser tampers with its cookies. After each operation
//! the library must show what the model expects, and after each response the browser must hold the cookies
//! that the model expects. The following holds for every sequence:
//!
//! - a cleared session does not come back from the jar that saw the clear. It may come back from an earlier
//!   copy of the cookies, since stateless sessions cannot be revoked;
//! - reading a valid session sets no cookie, and no error is the library's own fault;
//! - of the chunks that were sent, no stale one stays in the jar;
//! - a write that fails changes neither the session nor the response's cookies;
//! - no token is read as a session of another type, though all have the same members and the same key;
//! - the end of a session moves backwards only with the clock;
//! - `on_read` runs for all genuine tokens of a request in their order until it approves one; the other hooks
//!   run once, for the best of the remaining outcomes: expired, then rejected, then refused. A refused session
//!   is not renewed;
//! - a session that is refused or not yet approved is never sent, and is not seen by handlers or by hooks of
//!   other sessions;
//! - a refusal takes effect at once, and no earlier write or write of the refusing hook undoes it, whenever that
//!   write ends;
//! - a reading that fails, is aborted, or meets an outage or an overload leaves nothing but a clear behind, and
//!   the next caller reads again;
//! - hooks that request each other's session terminate: the inner one sees none. A session that was not found
//!   for that reason is read again by callers that can wait;
//! - a write that was `Ok` before the response is in it, unless a later write or clear replaced it. Any other
//!   write is `ResponseSent`, and so is one of a dropped request. A clear is in the response even if something
//!   else fails;
//! - a write that can still be undone is seen, and built upon, only by code that would be undone with it;
//! - a logout runs no hook of a reading, and waits for none. `on_clear` runs for every genuine token of the
//!   request.
//!
//! All events have one order, since the tasks of a request are polled by hand. `PROPTEST_CASES` sets the number
//! of sequences.

mod support;

#[path = "model/browser.rs"]
mod browser;
#[path = "model/candidates.rs"]
mod candidates;
#[path = "model/cell.rs"]
mod cell;
#[path = "model/checks.rs"]
mod checks;
#[path = "weaknesses/craft.rs"]
#[allow(dead_code, reason = "one of its forgeries is used here")]
mod craft;
#[path = "model/hooking.rs"]
mod hooking;
#[path = "model/hooks.rs"]
mod hooks;
#[path = "model/jar.rs"]
mod jar;
#[path = "model/kinds.rs"]
mod kinds;
#[path = "model/laws.rs"]
mod laws;
#[path = "model/ledger.rs"]
mod ledger;
#[path = "model/oracle.rs"]
mod oracle;
#[path = "support/overload.rs"]
mod overload;
#[path = "model/perform.rs"]
mod perform;
#[path = "model/plans.rs"]
mod plans;
#[path = "model/reading.rs"]
mod reading;
#[path = "model/record.rs"]
mod record;
#[path = "model/script.rs"]
mod script;
#[path = "model/sequence.rs"]
mod sequence;
#[path = "model/service.rs"]
mod service;
#[path = "model/sessions.rs"]
mod sessions;
#[path = "model/situations.rs"]
mod situations;
#[path = "model/strategies.rs"]
mod strategies;
#[path = "model/tasks.rs"]
mod tasks;
#[path = "model/together.rs"]
mod together;
#[path = "model/wire.rs"]
mod wire;
#[path = "model/world.rs"]
mod world;
#[path = "model/writing.rs"]
mod writing;

use std::cell::RefCell;

use proptest::test_runner::{Config, TestCaseError, TestRunner};
use unjwt_tests::told;

use sequence::Sequence;
use world::Census;

/// The situations that the default number of sequences must reach, so that every rule of the model is
/// exercised.
const REACHED: [&str; 60] = [
    "approved after a refusal",
    "chunks replaced by one cookie",
    "clear",
    "clear that outlives its reading",
    "clear whose hook fails",
    "cleared cookie removed",
    "concurrent writes",
    "expired by on_read",
    "expired cookie removed",
    "extraction answered by a failed hook",
    "forgotten beside a better token",
    "handler reads again what met in a circle",
    "hook in an outage",
    "hook that cannot wait",
    "hook that fails",
    "hook that hangs",
    "hook that pauses",
    "hook under overload",
    "logout after a reading",
    "logout during a reading",
    "logout without a reading",
    "misbehaving browser",
    "offered an incomplete set of chunks",
    "offered another session's token",
    "race of two tabs",
    "read a refused token",
    "read a session that a hook refused",
    "read a valid session",
    "read an expired session",
    "read nothing",
    "reading in a circle left unread",
    "refused and cleared",
    "refused and forgotten by on_read",
    "refused by on_read",
    "refused cookie forgotten",
    "rejected and renewed",
    "renewed",
    "request that is dropped",
    "response during a reading",
    "restored jar",
    "session in chunks",
    "session in one cookie",
    "session taken",
    "task of a hook",
    "task that goes on",
    "task that is cut off",
    "task that outlives its request",
    "update of what is not final",
    "update that begins a session",
    "update that keeps its times",
    "waits for another's reading",
    "write after a dropped request",
    "write after the response",
    "write late for the response",
    "write refused by a verdict",
    "write taken back",
    "write that cannot be serialised",
    "write that is too large",
    "write without what it needs",
    "writes of a failed reading undone",
];
const DEFAULT_CASES: u32 = 768;

#[test]
fn a_session_is_what_the_model_says() {
    // Hooks within hooks, in a build without optimisation, need more stack than a test's thread has.
    let sequences = std::thread::Builder::new().stack_size(64 << 20).spawn(run_sequences).unwrap();
    if let Err(panic) = sequences.join() {
        std::panic::resume_unwind(panic);
    }
}

fn run_sequences() {
    let cases = match std::env::var("PROPTEST_CASES") {
        Ok(_) => Config::default().cases,
        Err(_) => DEFAULT_CASES,
    };
    // A failing sequence belongs into a test of its own, not into a file of seeds.
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 4096, ..Config::default() };
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
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
