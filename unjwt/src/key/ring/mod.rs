//! Keys that change over time.

mod health;
mod key;
mod keys;
mod live;
mod source;

pub use health::RingHealth;
pub use key::{KeyState, RingKey};
pub use keys::RingKeys;
#[cfg(feature = "axum")]
pub(crate) use keys::ring_error;
pub use live::KeyRing;
pub use source::{KeyRingBuilder, LoadError};

use crate::config_error::KeyError;

/// The refusal of changing keys where only fixed ones are taken.
pub(super) fn not_first() -> KeyError {
    KeyError::new(
        "keys that change are the session's own: pass them to `config(..)`, and old fixed keys to `also_reads`",
    )
}
