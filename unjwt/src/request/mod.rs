//! The sessions of one request: reading with its hooks, writing, ending.
//!
//! [`state`] contains the whole state of a session and all its transitions; everything else here drives it.

mod bare_session;
pub(crate) mod context;
pub(crate) mod cross_site;
#[cfg(feature = "dbsc")]
mod device;
mod direct;
mod end;
mod finished_reading;
pub(crate) mod hooks;
mod kept;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod loud;
pub(crate) mod manager;
mod origin;
pub(crate) mod pending_write;
pub(crate) mod read;
pub(crate) mod renewal;
pub(crate) mod request_context;
pub(crate) mod response;
mod slot;
mod state;
pub(crate) mod status;
mod wait_graph;
mod write;
