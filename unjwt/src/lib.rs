// The README's examples require axum.
#![cfg_attr(feature = "axum", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "axum"),
    doc = "Sessions as structs; see the documentation with the feature `axum`."
)]
#![doc = include_str!("docs/cargo_features.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod alg;
mod claims;
mod clock;
mod config_error;
mod cookie;
mod crypto;
#[cfg(feature = "dbsc")]
mod device;
mod error;
mod http;
mod integration;
mod key;
mod login;
mod request;
mod session;
mod spec;
mod token;
mod util;

pub mod bounds;
pub mod future;
pub mod golden;
pub mod hooks;
pub mod jose;
pub mod keys;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

#[doc(hidden)]
pub mod measuring;

#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;

pub use claims::Scopes;
pub use clock::NumericDate;
pub use config_error::ConfigError;
pub use error::{Error, ErrorKind};
#[cfg(feature = "tower")]
pub use http::layer::{SessionLayer, layer};
pub use http::rejection::{RejectionKind, SessionRejection};
#[cfg(feature = "dbsc")]
pub use integration::dbsc::RequireBound;
#[cfg(feature = "axum-core")]
pub use integration::fresh::Fresh;
pub use key::{JweKey, Jwk, JwkSet, JwsKey};
pub use login::group::LoginGroup;
pub use login::id::{InvalidLoginId, LoginId};
pub use request::hooks::Session;
pub use request::logout::Logout;
pub use request::manager::SessionManager;
pub use request::request_context::RequestContext;
pub use request::status::Status;
#[cfg(feature = "dbsc")]
pub use session::DeviceBound;
pub use session::config::Config;
pub use session::current::{CompactToken, Current, Source};
pub use session::group::{SessionConfigs, build};
pub use session::handle::{HasSession, SessionHandle};
pub use session::logins::{LoginInfo, Logins};
pub use session::openapi::SecurityScheme;
pub use session::tokens::Tokens;

#[cfg(feature = "axum")]
pub use integration::axum::{install, install_returning_state};
#[cfg(feature = "testing")]
pub use integration::testing;

#[cfg(feature = "metrics")]
#[doc = include_str!("docs/metrics.md")]
pub mod metrics {
    pub use crate::util::measure::describe;
}

// Targets of links in the documentation of the derive.
#[cfg(doc)]
use {
    bounds::NoState,
    hooks::{Clear, Expire, Failure, KeyLookup, Read, Renew, Update},
};

// Pictures belong into the page, since rustdoc copies no files, and stand between empty lines there.
#[doc = include_str!("docs/session.md")]
#[doc = ""]
#[doc = include_str!("docs/life.svg")]
#[doc = ""]
#[doc = include_str!("docs/session_hooks.md")]
#[doc = ""]
#[doc = include_str!("docs/renewal.svg")]
#[doc = ""]
#[doc = include_str!("docs/session_renewal.md")]
pub use unjwt_macros::Session;

#[doc = include_str!("docs/session_state.md")]
pub use unjwt_macros::SessionState;

#[cfg(any(doc, all(doctest, feature = "testing")))]
#[doc = include_str!("docs/accounts.md")]
pub mod accounts {}

#[cfg(doc)]
#[doc = include_str!("docs/building.md")]
pub mod building {}

#[cfg(doc)]
#[doc = include_str!("docs/clients.md")]
pub mod clients {}

#[cfg(doc)]
#[doc = include_str!("docs/coming_from.md")]
pub mod coming_from {}

#[cfg(all(any(doc, doctest), feature = "dbsc"))]
#[doc = include_str!("docs/dbsc.md")]
pub mod dbsc {}

#[cfg(doc)]
#[doc = include_str!("docs/deployment.md")]
pub mod deployment {}

#[cfg(doc)]
#[doc = include_str!("docs/events.md")]
pub mod events {}

#[cfg(doc)]
#[doc = include_str!("docs/features.md")]
pub mod features {}

#[cfg(any(doc, all(doctest, feature = "tower")))]
#[doc = include_str!("docs/frameworks.md")]
pub mod frameworks {}

#[cfg(any(doc, doctest))]
#[doc = include_str!("docs/logins.md")]
pub mod logins {}

#[cfg(all(any(doc, all(doctest, feature = "axum")), feature = "aide"))]
#[doc = include_str!("docs/openapi.md")]
pub mod openapi {}

#[cfg(any(doc, all(doctest, feature = "axum", feature = "remote-keys")))]
#[doc = include_str!("docs/providers.md")]
pub mod providers {}

#[cfg(any(doc, doctest))]
#[doc = include_str!("docs/renewal.md")]
pub mod renewal {}

#[cfg(any(doc, doctest))]
#[doc = include_str!("docs/versions.md")]
pub mod versions {}

#[cfg(doc)]
#[doc = include_str!("docs/asvs.md")]
pub mod asvs {}

#[cfg(doc)]
#[doc = include_str!("docs/checks.md")]
pub mod checks {}

#[cfg(doc)]
#[doc = include_str!("docs/floods.md")]
pub mod floods {}

#[cfg(doc)]
#[doc = include_str!("docs/mistakes.md")]
pub mod mistakes {}

#[cfg(any(doc, all(doctest, feature = "testing")))]
#[doc = include_str!("docs/recipes.md")]
pub mod recipes {}

#[cfg(any(doc, doctest))]
#[doc = include_str!("docs/refused.md")]
pub mod refused {}

// The SVG is included inline, since rustdoc does not copy files.
#[cfg(doc)]
#[doc = "The cost of a session, compared with the alternatives."]
#[doc = ""]
#[doc = include_str!("docs/comparison.svg")]
#[doc = ""]
#[doc = include_str!("docs/speed.md")]
#[doc = ""]
#[doc = include_str!("docs/growth.svg")]
pub mod speed {}
