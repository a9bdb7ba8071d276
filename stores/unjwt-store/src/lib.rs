#![doc = include_str!("../README.md")]

mod any;
mod changes;
#[doc(hidden)]
pub mod conformance;
mod entry;
mod memory;
mod outage;
mod store;
mod time;

pub use any::AnyStore;
pub use changes::{ChangeSender, Changes};
pub use entry::{Entry, Key, MAX_KEYS, MAX_VALUE, Version};
pub use memory::MemoryStore;
pub use outage::Outage;
pub use store::Store;
pub use time::UnixTime;
