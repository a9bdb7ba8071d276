//! The sessions in an axum router.

pub(crate) mod extract;
pub(crate) mod install;
pub(crate) mod layer;
pub(crate) mod rejection;
