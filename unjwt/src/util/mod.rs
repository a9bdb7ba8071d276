//! Small tools that do not depend on tokens or sessions.

pub(crate) mod base64;
pub(crate) mod json;
pub(crate) mod lru;
pub(crate) mod measure;
pub(crate) mod meter;
pub(crate) mod short_bytes;
pub(crate) mod short_vec;
pub(crate) mod strict_json;
pub(crate) mod subslice;
pub(crate) mod workers;
