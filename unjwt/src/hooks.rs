//! The arguments and results of hooks.
//!
//! A hook is an async function that [`#[session(hooks(..))]`](crate::Session#hooks) names. It receives the
//! event for which it is named, and returns a [`HookResult`].

pub use crate::request::hooks::error::{HookError, HookResult};
pub use crate::request::hooks::events::{Clear, Expire, Failure, KeyLookup, Read, Renew, Reuse, Update};

// Exported here so that compiler messages refer to these functions by a public path.
#[doc(hidden)]
pub use crate::request::hooks::function::{
    call_key_lookup_hook, call_session_hook, call_session_id_function,
};
