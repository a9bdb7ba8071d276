//! The life of a session within one request: reading with its hooks, writing, ending.

pub(crate) mod chains;
pub(crate) mod context;
pub(crate) mod current;
pub(crate) mod events;
pub(crate) mod hook_error;
pub(crate) mod lent;
pub(crate) mod manager;
pub(crate) mod note;
pub(crate) mod open;
pub(crate) mod read;
pub(crate) mod response;
pub(crate) mod slot;
pub(crate) mod work;
pub(crate) mod write;
