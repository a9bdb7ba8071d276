//! Hooks as functions: the traits that a path in `hooks(..)` must satisfy, with the messages that the
//! compiler prints if it does not.
//!
//! Generated code calls one function per kind of hook. Its bound is a trait of this crate, so that a wrong
//! hook yields one error, with the expected signature, at the path in the attribute. The marker `M` and the
//! second blanket implementation of each trait are needed for that: with only one candidate, rustc would
//! report that candidate's inner bounds instead.

use std::future::Future;
use std::sync::Arc;

use super::error::{HookError, HookResult};
use super::events::{HookFuture, LookupFuture};

/// A trait that no type implements.
pub trait Nothing {}

/// A function that can be named in `hooks(..)`, for the event `E`.
#[diagnostic::on_unimplemented(
    message = "this function cannot be the hook for `{E}`",
    label = "not the signature of this hook, or its future is not `Send`",
    note = "write `async fn hook(event: {E}) -> HookResult`",
    note = "if that is its signature, its future is not `Send`: an `Rc`, a `RefCell` or a lock guard is held across an `.await`"
)]
pub trait SessionHook<'a, E, M> {
    #[doc(hidden)]
    fn call(self, event: E) -> HookFuture<'a>;
}

impl<'a, E, F, R> SessionHook<'a, E, fn(E) -> R> for F
where
    F: FnOnce(E) -> R,
    R: Future<Output = HookResult> + Send + 'a,
{
    fn call(self, event: E) -> HookFuture<'a> {
        Box::pin(self(event))
    }
}

#[diagnostic::do_not_recommend]
impl<'a, E, F: Nothing> SessionHook<'a, E, ()> for F {
    fn call(self, _: E) -> HookFuture<'a> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Calls a hook with its event.
pub fn call_session_hook<'a, E, M>(event: E, hook: impl SessionHook<'a, E, M>) -> HookFuture<'a> {
    hook.call(event)
}

/// A function that can be named in `hooks(key_lookup = ..)`, for the event `E` and keys `K`.
#[diagnostic::on_unimplemented(
    message = "this function cannot be the hook for `{E}`",
    label = "not the signature of this hook, or its future is not `Send`",
    note = "write `async fn hook(event: {E}) -> Result<Option<{K}>, HookError>`",
    note = "if that is its signature, its future is not `Send`: an `Rc`, a `RefCell` or a lock guard is held across an `.await`"
)]
pub trait KeyLookupHook<'a, E, K, M> {
    #[doc(hidden)]
    fn call(self, event: E) -> LookupFuture<'a, K>;
}

impl<'a, E, K, F, R> KeyLookupHook<'a, E, K, fn(E) -> R> for F
where
    F: FnOnce(E) -> R,
    R: Future<Output = Result<Option<K>, HookError>> + Send + 'a,
{
    fn call(self, event: E) -> LookupFuture<'a, K> {
        Box::pin(self(event))
    }
}

#[diagnostic::do_not_recommend]
impl<'a, E, K: Send + 'a, F: Nothing> KeyLookupHook<'a, E, K, ()> for F {
    fn call(self, _: E) -> LookupFuture<'a, K> {
        Box::pin(std::future::ready(Ok(None)))
    }
}

/// Calls a key look-up with its event.
pub fn call_key_lookup_hook<'a, K, E, M>(
    event: E,
    hook: impl KeyLookupHook<'a, E, K, M>,
) -> LookupFuture<'a, K> {
    hook.call(event)
}

/// A function that can be named in `id = ..`.
#[diagnostic::on_unimplemented(
    message = "this function cannot make a session's ids",
    label = "not a function without arguments that returns a string",
    note = "write `fn new_id() -> String`"
)]
pub trait SessionIdFunction<M> {
    #[doc(hidden)]
    fn make(self) -> String;
}

impl<F, I> SessionIdFunction<fn() -> I> for F
where
    F: FnOnce() -> I,
    I: Into<String>,
{
    fn make(self) -> String {
        self().into()
    }
}

#[diagnostic::do_not_recommend]
impl<F: Nothing> SessionIdFunction<()> for F {
    fn make(self) -> String {
        String::new()
    }
}

/// Calls an id function.
pub fn call_session_id_function<M>(function: impl SessionIdFunction<M>) -> Arc<str> {
    function.make().into()
}
