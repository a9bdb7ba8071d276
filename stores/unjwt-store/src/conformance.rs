//! The rules of [`Store`](crate::Store) as tests, which [`conformance!`](crate::conformance!) makes.
//!
//! Public for the macro only: nothing here is stable but the macro.

// A rule that is broken is a test that fails.
#![allow(clippy::panic, clippy::expect_used)]

mod batch;
mod dropped;
mod expiry;
mod quotes;
mod race;
mod suite;
mod swap;
mod timer;
mod values;

pub use batch::{a_batch_keeps_the_order_of_its_keys, a_batch_may_have_no_keys_or_a_hundred};
pub use dropped::a_dropped_swap_is_atomic;
pub use expiry::{
    a_lost_swap_moves_no_end, a_version_from_before_the_end_loses, an_end_in_the_year_9999_is_kept,
    an_end_is_moved_earlier, an_end_is_moved_later, an_end_that_has_passed_makes_the_record_absent,
    an_expired_record_is_absent, one_creator_wins_after_the_end,
};
pub use suite::{Opened, Suite, Task};
pub use swap::{
    a_counter_under_contention_loses_nothing, a_stale_version_loses, another_handle_sees_every_swap,
    nobody_creates_what_is_present, nobody_replaces_what_is_absent, one_creator_wins, versions_are_stable,
};
pub use values::{any_bytes_are_kept, keys_are_told_apart};

/// Makes the tests that every [`Store`](crate::Store) must pass, one for each of its rules, in a module `conformance`.
///
/// The argument opens a store. Each test calls it once and uses keys of its own, at random, so that it may open a
/// store on a server that others use too:
///
/// ```no_run
/// # use unjwt_store::MemoryStore as MyStore;
/// # fn main() {}
/// unjwt_store::conformance!(|| MyStore::volatile());
/// ```
///
/// It may wait, and it may return an `Option`. `None` skips the test, for example because the server's program is not
/// installed. A second argument makes a further handle of a store, if it has several; each must see what the other
/// wrote.
///
/// ```no_run
/// # #[derive(Clone)]
/// # struct MyStore(unjwt_store::AnyStore);
/// # impl MyStore { async fn connect(_: String) -> Self { unimplemented!() } }
/// # impl unjwt_store::Store for MyStore {
/// #     async fn load(&self, keys: &[unjwt_store::Key])
/// #         -> Result<Vec<Option<unjwt_store::Entry>>, unjwt_store::Outage> { self.0.load(keys).await }
/// #     async fn swap(&self, key: &unjwt_store::Key, was: Option<unjwt_store::Version>, value: &[u8],
/// #         until: unjwt_store::UnixTime) -> Result<bool, unjwt_store::Outage>
/// #         { self.0.swap(key, was, value, until).await }
/// # }
/// # fn main() {}
/// async fn open() -> Option<MyStore> {
///     let Ok(url) = std::env::var("MY_SERVER") else {
///         eprintln!("SKIPPED: MY_SERVER is not set");
///         return None;
///     };
///     Some(MyStore::connect(url).await)
/// }
///
/// unjwt_store::conformance!(async || open().await, another = |store: &MyStore| store.clone());
/// ```
///
/// The tests need `tokio` among the `dev-dependencies` of your crate, with the features `macros` and
/// `rt-multi-thread`. They take a few seconds, since they wait for records to expire. The clock of a server may differ
/// by a second or so from that of the tests.
///
/// The rules are exact: there are no options that make one weaker. What they cannot test is an outage. Stop the server
/// in a test of your own, and expect an [`Outage`](crate::Outage), and then answers again after a start.
#[macro_export]
macro_rules! conformance {
    (async || $open:expr $(, another = $another:expr)? $(,)?) => {
        $crate::__conformance_rules! { __conformance_tests ({ async { $open }.await } ($($another)?)) }
    };
    // The body of a closure, rather than a call of it, so that no lint speaks of a needless one.
    (|| $open:expr $(, another = $another:expr)? $(,)?) => {
        $crate::__conformance_rules! { __conformance_tests ({ $open } ($($another)?)) }
    };
    ($open:expr $(, another = $another:expr)? $(,)?) => {
        $crate::__conformance_rules! { __conformance_tests ({ ($open)() } ($($another)?)) }
    };
}

/// Passes the names of all rules on.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_rules {
    ($then:ident $arguments:tt) => {
        $crate::$then! {
            $arguments
            one_creator_wins
            a_counter_under_contention_loses_nothing
            a_stale_version_loses
            nobody_creates_what_is_present
            nobody_replaces_what_is_absent
            versions_are_stable
            another_handle_sees_every_swap
            a_dropped_swap_is_atomic
            an_expired_record_is_absent
            one_creator_wins_after_the_end
            a_version_from_before_the_end_loses
            an_end_is_moved_later
            an_end_is_moved_earlier
            a_lost_swap_moves_no_end
            an_end_that_has_passed_makes_the_record_absent
            an_end_in_the_year_9999_is_kept
            keys_are_told_apart
            any_bytes_are_kept
            a_batch_keeps_the_order_of_its_keys
            a_batch_may_have_no_keys_or_a_hundred
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    (($open:tt $another:tt) $($rule:ident)*) => {
        mod conformance {
            #[allow(unused_imports)]
            use super::*;

            $(
                #[::tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $rule() {
                    use $crate::conformance::{Opened, Suite};

                    let opened = $open;
                    let ::std::option::Option::Some(store) = Opened::opened(opened) else {
                        ::std::eprintln!("SKIPPED {}: no store was opened", ::std::stringify!($rule));
                        return;
                    };
                    let suite = $crate::__conformance_suite!(store $another);
                    Suite::run($crate::conformance::$rule(&suite)).await;
                }
            )*
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_suite {
    ($store:ident ()) => {
        Suite::new($store, |task| drop(::tokio::spawn(task)))
    };
    ($store:ident ($another:expr)) => {{
        let another = $crate::conformance::handle_of(&$store, $another);
        Suite::with_another($store, another, |task| drop(::tokio::spawn(task)))
    }};
}

/// Calls a closure, whose argument's type need not be written.
pub fn handle_of<S>(store: &S, another: impl FnOnce(&S) -> S) -> S {
    another(store)
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_names {
    (() $($rule:ident)*) => {
        /// The names of all rules.
        pub const RULES: &[&str] = &[$(stringify!($rule)),*];
    };
}

__conformance_rules! { __conformance_names () }
