//! Key sets of others, fetched and kept fresh.

mod address;
mod builder;
mod discovery;
mod fetch;
mod keys;
mod request;
mod schedule;

pub use builder::RemoteKeysBuilder;
#[cfg(feature = "remote-keys")]
pub(crate) use fetch::LONGEST;
pub use fetch::{FetchError, KeyResponse};
pub use keys::{RemoteHealth, RemoteKeys};
