//! Keys that change over time.

mod keys;

pub use keys::{KeyState, RingKey, RingKeys};
