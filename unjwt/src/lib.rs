// The README's examples are an axum service.
#![cfg_attr(feature = "axum", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "axum"),
    doc = "Sessions as structs; see the documentation with the feature `axum`."
)]

mod claims;
mod clock;
mod config_error;
mod cookie;
mod crypto;
mod error;
mod key;
mod lifecycle;
mod meter;
mod policy;
mod recent;
#[cfg_attr(not(test), expect(dead_code, reason = "readings and writes do not ask yet"))]
mod request {
    pub(crate) mod cross_site;
}
mod session;
mod subslice;
mod token;
mod workers;

#[cfg(feature = "axum")]
mod axum_;

pub mod jose;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;

pub use clock::NumericDate;
pub use config_error::ConfigError;
pub use error::{Error, ErrorKind};
pub use key::{JweKey, Jwk, JwkSet, JwsKey};
pub use lifecycle::context::RequestContext;
pub use lifecycle::current::{Current, Source, Status, Token};
pub use lifecycle::events::{Clear, Expire, Failure, KeyLookup, Read, Renew, Update};
pub use lifecycle::hook_error::{HookError, HookResult};
pub use lifecycle::manager::SessionManager;
pub use lifecycle::work::Work;
pub use session::config::{Config, EncryptsForAnyone, SessionKey};
pub use session::handle::{HasSession, SessionHandle};
pub use session::link::{LinkedIn, SessionConfigs, link};
pub use session::tokens::Tokens;
pub use session::{Encrypted, NoState, ProvidesState, Session, SessionData, Signed, Stateless, Writable};
pub use token::alg::{Enc, JweAlg, JwsAlg};

#[cfg(feature = "axum")]
pub use axum_::{
    install::install,
    rejection::{RejectionKind, SessionRejection},
};

#[doc(hidden)]
pub use session::hook_fn::{
    KeyLookupHook, SessionHook, SessionIdFunction, call_key_lookup_hook, call_session_hook,
    call_session_id_function,
};

#[doc = include_str!("docs/session.md")]
pub use unjwt_macros::Session;

#[doc = include_str!("docs/session_state.md")]
pub use unjwt_macros::SessionState;

#[cfg(doc)]
#[doc = include_str!("docs/clients.md")]
pub mod clients {}

#[cfg(doc)]
#[doc = include_str!("docs/features.md")]
pub mod features {}

#[cfg(doc)]
#[doc = include_str!("docs/checks.md")]
pub mod checks {}

#[cfg(doc)]
#[doc = include_str!("docs/floods.md")]
pub mod floods {}

#[cfg(doc)]
#[doc = include_str!("docs/mistakes.md")]
pub mod mistakes {}

#[cfg(any(doc, doctest))]
#[doc = include_str!("docs/recipes.md")]
pub mod recipes {}

// The picture belongs into the page: rustdoc copies no files.
#[cfg(doc)]
#[doc = include_str!("docs/speed.md")]
#[doc = include_str!("docs/growth.svg")]
pub mod speed {}
