//! Keys that change while the program runs.

pub use crate::key::ring::{KeyState, RingKey, RingKeys};
