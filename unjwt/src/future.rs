//! Futures of operations on sessions.

pub use crate::request::pending_write::PendingWrite;
pub use crate::session::operation::Operation;
