//! Sessions in HTTP without a framework: the layer, and the responses to errors.

#[cfg(feature = "dbsc")]
pub(crate) mod device;
#[cfg(feature = "tower")]
pub(crate) mod layer;
#[cfg(any(feature = "axum-core", feature = "tower"))]
pub(crate) mod parts;
pub(crate) mod rejection;
pub(crate) mod status;
