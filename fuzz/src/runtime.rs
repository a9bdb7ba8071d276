//! Futures in a fuzz target.

use std::future::Future;

use tokio::runtime::{Builder, Runtime};

/// Runs a future to its end; a password's derivation wakes it from its own thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    thread_local! {
        static RUNTIME: Runtime = Builder::new_current_thread().build().expect("a runtime");
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}
