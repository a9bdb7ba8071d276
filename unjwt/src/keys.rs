//! Keys that change while the program runs.
//!
//! [`KeyRing`] has the own keys of a service over time, [`RemoteKeys`] those of an identity provider.

#[cfg(feature = "axum")]
pub use crate::integration::jwks::jwks_router;
pub use crate::key::remote::{FetchError, KeyResponse, RemoteHealth, RemoteKeys, RemoteKeysBuilder};
pub use crate::key::ring::{KeyRing, KeyRingBuilder, KeyState, LoadError, RingHealth, RingKey, RingKeys};
