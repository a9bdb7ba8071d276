//! The fuzz targets' bodies, so that an ordinary test can replay their inputs.

pub mod attribute;
mod claims;
pub mod cookies;
mod edits;
pub mod encrypted;
mod input;
pub mod keys;
pub mod material;
pub mod request;
mod runtime;
pub mod signed;
mod tokens;

/// A target's name and its body.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 6] = [
    ("signed", signed::run),
    ("encrypted", encrypted::run),
    ("cookies", cookies::run),
    ("keys", keys::run),
    ("attribute", attribute::run),
    ("request", request::run),
];
