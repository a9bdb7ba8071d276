//! Integration with other crates: frameworks with extractors, a client that fetches keys, and the keys of josekit.

#[cfg(feature = "aide")]
pub(crate) mod aide;
#[cfg(feature = "axum")]
pub(crate) mod axum;
#[cfg(feature = "axum-core")]
pub(crate) mod axum_core;
#[cfg(feature = "dbsc")]
pub(crate) mod dbsc;
#[cfg(feature = "axum-core")]
pub(crate) mod fresh;
#[cfg(feature = "josekit")]
mod josekit;
#[cfg(feature = "axum")]
pub(crate) mod jwks;
#[cfg(feature = "remote-keys")]
mod reqwest;
#[cfg(feature = "testing")]
pub mod testing;
