// The README's examples are an axum service.
#![cfg_attr(feature = "axum", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "axum"),
    doc = "Sessions as structs; see the documentation with the feature `axum`."
)]

mod alg;
mod claims;
mod clock;
mod config_error;
mod cookie;
mod crypto;
mod error;
mod http;
mod integration;
mod key;
mod request;
mod session;
mod spec;
mod token;
mod util;

pub mod jose;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;

pub use alg::{Enc, JweAlg, JwsAlg};
pub use clock::NumericDate;
pub use config_error::ConfigError;
pub use error::{Error, ErrorKind};
#[cfg(feature = "tower")]
pub use http::layer::{SessionLayer, layer};
pub use http::rejection::{RejectionKind, SessionRejection};
pub use key::{JweKey, Jwk, JwkSet, JwsKey};
pub use request::hooks::Session;
pub use request::hooks::error::{HookError, HookResult};
pub use request::hooks::events::{Clear, Expire, Failure, KeyLookup, Read, Renew, Update};
#[cfg(feature = "axum-core")]
pub use request::logout::Logout;
pub use request::manager::SessionManager;
pub use request::request_context::RequestContext;
pub use request::status::Status;
pub use request::write::Write;
pub use session::config::{Config, EncryptsForAnyone, SessionKey};
pub use session::current::{Current, Source, Token};
pub use session::group::{LinkedIn, SessionConfigs, link};
pub use session::handle::{HasSession, ReachesSession, SessionHandle};
pub use session::pending::Work;
pub use session::tokens::Tokens;
pub use session::{
    Encrypted, HasMaxAge, Limited, NoState, ProvidesState, SessionData, SessionType, Signed, Stateless,
    Unlimited, Writable,
};

#[cfg(feature = "axum")]
pub use integration::axum::install;

#[doc(hidden)]
pub use request::hooks::function::{
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

#[cfg(any(doc, doctest))]
#[doc = include_str!("docs/refused.md")]
pub mod refused {}

// The picture belongs into the page: rustdoc copies no files.
#[cfg(doc)]
#[doc = include_str!("docs/speed.md")]
#[doc = include_str!("docs/growth.svg")]
pub mod speed {}
