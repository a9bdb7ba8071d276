//! Sessions and HTTP, without a framework: the layer, and what a client is answered.

#[cfg(feature = "tower")]
pub(crate) mod layer;
pub(crate) mod rejection;
#[cfg(feature = "axum-core")]
pub(crate) mod status;
