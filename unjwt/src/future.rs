//! What is asked of a session and has not been awaited.

pub use crate::request::write::PendingWrite;
pub use crate::session::operation::Operation;
