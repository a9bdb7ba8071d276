//! The rules for values of `unjwt`'s sessions, which the attribute and the configuration share.
//!
//! A part of `unjwt`, with no interface of its own: it changes without notice.
//!
//! Each rule is a function of a value that returns a [`Refusal`] or nothing.

pub mod claims;
pub mod cookie;
pub mod domain;
pub mod header;
mod place;
pub mod text;

pub use place::Place;
pub use place::Refusal;
pub use place::Setting;
