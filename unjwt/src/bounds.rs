//! Traits that appear in bounds and compiler messages, and the types that they relate to.
//!
//! The derive implements them. Code that is generic over sessions uses them; a service does not need them.

pub use crate::session::config::{EncryptsForAnyone, NoStore, Ready, SessionKey, StoreReady};
pub use crate::session::group::{HeldBy, HooksWithoutState};
pub use crate::session::handle::ReachesSession;
pub use crate::session::{
    Encrypted, FieldValue, GroupField, HasAuthTime, HasMaxAge, Limited, ListsLogins, NoState, ProvidesState,
    Revocable, SessionData, SessionType, Signed, Stateless, Unlimited, Writable,
};

#[doc(hidden)]
pub use crate::request::hooks::function::{KeyLookupHook, SessionHook, SessionIdFunction};
