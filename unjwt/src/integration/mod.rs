//! Sessions in the frameworks that have extractors of their own.

#[cfg(feature = "axum")]
pub(crate) mod axum;
#[cfg(feature = "axum-core")]
pub(crate) mod axum_core;
