//! Random lives of logins, compared with a simple model.
//!
//! Three processes share a store. Browsers sign in, renew and sign out at any of them; copies of their cookies
//! are kept by thieves; administrators end logins, users the others of theirs. The store is out, fails to write,
//! writes and fails to answer, and processes restart. After each step, random tokens are presented to random
//! processes. The following holds for every sequence:
//!
//! - an ended login is never served by the process that ended it, not even during an outage or if the end could
//!   not be written, until that process restarts;
//! - once an end is written, no process serves the login after `recheck`;
//! - a login that nobody ended is never refused: it is served, or answered with an outage while the store is out;
//! - who ends the others stays, and nobody who had ended comes back by that;
//! - a list shows every login of the user that lives, and no login of another user or one that was ended on its own
//!   or with its user;
//! - ends that failed are written once the store answers again.
//!
//! `PROPTEST_CASES` sets the number of sequences.

mod support;

#[path = "login_model/model.rs"]
mod model;
#[path = "login_model/script.rs"]
mod script;
#[path = "login_model/world.rs"]
mod world;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

#[test]
fn every_life_is_as_the_model_says() {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(400);
    let config = Config { cases, max_shrink_iters: 2_000, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&prop::collection::vec(script::step(), 1..60), |steps| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build()
                .expect("a runtime");
            runtime.block_on(world::World::new().live(&steps)).map_err(TestCaseError::fail)
        })
        .unwrap();
}
