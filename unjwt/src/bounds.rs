//! Traits that appear in bounds and compiler messages, and the types that they relate to.
//!
//! The derive implements them. Code that is generic over sessions uses them; a service does not need them.

pub use crate::request::login::{LoginType, MadeFrom};
pub use crate::session::config::{EncryptsForAnyone, NoStore, Ready, SessionKey, StoreReady};
pub use crate::session::group::{HeldBy, HooksWithoutState};
pub use crate::session::handle::ReachesSession;
pub use crate::session::{
    Becomes, BuiltAlone, Dated, Dates, Encrypted, Ending, Ends, FieldValue, Foreign, GroupField, HasAuthTime,
    HasMaxAge, HasVersion, IssuedElsewhere, IssuedHere, Limited, ListsLogins, LoginHeldBy, NoLogin, NoSignIn,
    NoState, OldVersion, Provenance, ProvidesState, Revocable, SessionData, SessionType, SignInKind, Signed,
    Stateless, Unlimited, Writable, WrittenFor,
};

#[doc(hidden)]
pub use crate::claims::versions::{OldPayload, read_old, step};

#[doc(hidden)]
pub use crate::request::login::{check_login, from_login, login_of};

#[doc(hidden)]
pub use crate::request::hooks::function::{KeyLookupHook, SessionHook, SessionIdFunction};
