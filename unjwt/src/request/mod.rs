//! The sessions of one request: reading with its hooks, writing, ending.
//!
//! [`state`] is the whole of a session's state and of what may change it; everything else here brings it what happens.

mod bare_session;
pub(crate) mod context;
pub(crate) mod cross_site;
mod direct;
mod end;
mod finished_reading;
pub(crate) mod hooks;
#[cfg(feature = "axum-core")]
pub(crate) mod logout;
pub(crate) mod loud;
pub(crate) mod manager;
mod origin;
pub(crate) mod read;
pub(crate) mod request_context;
pub(crate) mod response;
mod slot;
mod state;
pub(crate) mod status;
mod wait_graph;
pub(crate) mod write;
