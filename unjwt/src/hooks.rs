//! What hooks receive and return.
//!
//! A hook is an async function that [`#[session(hooks(..))]`](crate::Session#hooks) names. It receives the event that it is
//! named for, and returns a [`HookResult`].

pub use crate::request::hooks::error::{HookError, HookResult};
pub use crate::request::hooks::events::{Clear, Expire, Failure, KeyLookup, Read, Renew, Update};
