#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod access;
mod cluster;
mod connect;
mod dial;
mod error;
mod link;
mod node;
mod record;
mod route;
mod sentinel;
mod store;
mod watchers;

pub use connect::Connect;
pub use error::ConnectError;
pub use store::RedisStore;
