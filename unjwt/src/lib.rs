#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]



mod claims;
mod clock;
mod config_error;
mod cookie;
mod crypto;
mod error;
mod key;
mod lifecycle;
mod policy;
mod session;
mod token;
mod workers;

#[cfg(feature = "axum")]
mod axum_;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use clock::NumericDate;
pub use config_error::ConfigError;
pub use error::{Error, ErrorKind};
pub use key::{JweKey, Jwk, JwkSet, JwsKey};
pub use lifecycle::context::RequestContext;
pub use lifecycle::current::{Current, Source, Status, Token};
pub use lifecycle::events::{Clear, Expire, Failure, KeyLookup, Read, Renew, TokenHeader, Update};
pub use lifecycle::hook_error::{HookError, HookResult};
pub use lifecycle::manager::SessionManager;
pub use session::config::Config;
pub use session::handle::{HasSession, SessionHandle};
pub use session::link::{LinkedIn, SessionConfigs, link};
pub use session::tokens::Tokens;
pub use session::{Encrypted, NoState, ProvidesState, Session, SessionData, Signed, Writable};
pub use token::alg::{Enc, JweAlg, JwsAlg};

#[cfg(feature = "axum")]
pub use axum_::{
    install::install,
    rejection::{RejectionKind, SessionRejection},
};

pub use unjwt_macros::{Session, SessionState};
