//! What hooks receive and return.
//!
//! A hook is an async function that [`#[session(hooks(..))]`](crate::Session#hooks) names. It receives the event that it is
//! named for, and returns a [`HookResult`].

pub use crate::request::hooks::error::{HookError, HookResult};
pub use crate::request::hooks::events::{Clear, Expire, Failure, KeyLookup, Read, Renew, Update};

// Under a public name, so that messages of the compiler name these functions by it.
#[doc(hidden)]
pub use crate::request::hooks::function::{
    call_key_lookup_hook, call_session_hook, call_session_id_function,
};
