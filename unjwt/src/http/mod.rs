//! Sessions and HTTP, without a framework: the layer, and what a client is answered.

#[cfg(feature = "tower")]
#[cfg_attr(not(feature = "axum"), expect(dead_code, reason = "`install` is what makes a layer"))]
pub(crate) mod layer;
pub(crate) mod rejection;
#[cfg(feature = "axum-core")]
pub(crate) mod status;
