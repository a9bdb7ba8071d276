#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod connect;
mod dial;
mod error;
mod lines;
mod query;
mod setup;
mod store;
mod table;
#[cfg(feature = "rustls")]
mod tls;
mod watch;

pub use connect::Connect;
pub use error::ConnectError;
pub use store::PostgresStore;
