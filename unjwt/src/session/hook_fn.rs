//! Hooks as functions: what the path in `hooks(..)` must be, in words that the compiler prints when it is not.
//!
//! Generated code calls one function per hook. Its bound is a trait of ours with a blanket implementation, so that a
//! wrong hook is one error with the expected signature, at the path in the attribute.

use std::future::Future;

use super::Session;
use crate::lifecycle::events::{
    Clear, Expire, Failure, HookFuture, KeyLookup, LookupFuture, Read, Renew, Update,
};
use crate::lifecycle::hook_error::{HookError, HookResult};

macro_rules! hooks {
    ($( $hook:ident: $event:ident, $is_hook:ident, $message:literal, $note:literal; )*) => { $(
        /// A function that may stand in `hooks(..)` under this name.
        #[diagnostic::on_unimplemented(
            message = $message,
            label = "not the expected signature, or its future is not `Send`",
            note = $note,
            note = "its future must be `Send`: nothing like `Rc`, `RefCell` or a lock guard is held across an `.await`"
        )]
        pub trait $is_hook<'a, T: Session> {
            #[doc(hidden)]
            fn call(self, event: $event<'a, T>) -> HookFuture<'a>;
        }

        #[diagnostic::do_not_recommend]
        impl<'a, T, F, R> $is_hook<'a, T> for F
        where
            T: Session,
            F: FnOnce($event<'a, T>) -> R,
            R: Future<Output = HookResult> + Send + 'a,
        {
            fn call(self, event: $event<'a, T>) -> HookFuture<'a> {
                Box::pin(self(event))
            }
        }

        /// Runs the hook.
        pub fn $hook<'a, T: Session, F: $is_hook<'a, T>>(event: $event<'a, T>, hook: F) -> HookFuture<'a> {
            hook.call(event)
        }
    )* };
}

hooks! {
    on_read: Read, OnReadHook,
        "this cannot be the `on_read` hook of `{T}`",
        "write `async fn on_read(event: Read<'_, {T}>) -> HookResult`";
    on_update: Update, OnUpdateHook,
        "this cannot be the `on_update` hook of `{T}`",
        "write `async fn on_update(event: Update<'_, {T}>) -> HookResult`";
    on_clear: Clear, OnClearHook,
        "this cannot be the `on_clear` hook of `{T}`",
        "write `async fn on_clear(event: Clear<'_, {T}>) -> HookResult`";
    on_expire: Expire, OnExpireHook,
        "this cannot be the `on_expire` hook of `{T}`",
        "write `async fn on_expire(event: Expire<'_, {T}>) -> HookResult`";
    on_error: Failure, OnErrorHook,
        "this cannot be the `on_error` hook of `{T}`",
        "write `async fn on_error(event: Failure<'_, {T}>) -> HookResult`";
    renew: Renew, RenewHook,
        "this cannot be the `renew` hook of `{T}`",
        "write `async fn renew(event: Renew<'_, {T}>) -> HookResult`";
}

/// A key look-up hook.
#[diagnostic::on_unimplemented(
    message = "this cannot be the `key_lookup` hook of `{T}`",
    label = "not the expected signature, or its future is not `Send`",
    note = "write `async fn key_lookup(event: KeyLookup<'_, {T}>) -> Result<Option<K>, HookError>`, where `K` is \
            `JwsKey` for a `jws` session and `JweKey` for a `jwe` session",
    note = "its future must be `Send`: nothing like `Rc`, `RefCell` or a lock guard is held across an `.await`"
)]
pub trait KeyLookupHook<'a, T: Session> {
    #[doc(hidden)]
    fn call(self, event: KeyLookup<'a, T>) -> LookupFuture<'a, T::Key>;
}

#[diagnostic::do_not_recommend]
impl<'a, T, F, R> KeyLookupHook<'a, T> for F
where
    T: Session,
    F: FnOnce(KeyLookup<'a, T>) -> R,
    R: Future<Output = Result<Option<T::Key>, HookError>> + Send + 'a,
{
    fn call(self, event: KeyLookup<'a, T>) -> LookupFuture<'a, T::Key> {
        Box::pin(self(event))
    }
}

/// Runs the hook.
pub fn key_lookup<'a, T: Session, F: KeyLookupHook<'a, T>>(
    event: KeyLookup<'a, T>,
    hook: F,
) -> LookupFuture<'a, T::Key> {
    hook.call(event)
}

/// What makes the `jti` of a session with `id = ..`.
#[diagnostic::on_unimplemented(
    message = "this cannot make the ids of a session",
    label = "not a function without arguments that returns a string",
    note = "write `fn new_id() -> String`"
)]
pub trait MakesIds {
    #[doc(hidden)]
    fn make(self) -> String;
}

#[diagnostic::do_not_recommend]
impl<F, I> MakesIds for F
where
    F: FnOnce() -> I,
    I: Into<String>,
{
    fn make(self) -> String {
        self().into()
    }
}

/// Makes an id.
pub fn generate_id<F: MakesIds>(function: F) -> String {
    function.make()
}
