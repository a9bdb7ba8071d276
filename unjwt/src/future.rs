//! Futures of operations on sessions.

pub use crate::request::write::PendingWrite;
pub use crate::session::operation::Operation;
