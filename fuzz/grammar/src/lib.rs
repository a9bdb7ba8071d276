//! The modules of `unjwt-macros`, for a fuzzer to call.

#[path = "../../../unjwt-macros/src/derive.rs"]
mod derive;
#[path = "../../../unjwt-macros/src/duration.rs"]
mod duration;
#[path = "../../../unjwt-macros/src/errors.rs"]
mod errors;
#[path = "../../../unjwt-macros/src/expand/mod.rs"]
mod expand;
#[path = "../../../unjwt-macros/src/model.rs"]
mod model;
#[path = "../../../unjwt-macros/src/names.rs"]
mod names;
#[path = "../../../unjwt-macros/src/parse/mod.rs"]
mod parse;
#[path = "../../../unjwt-macros/src/serde_attrs.rs"]
mod serde_attrs;
#[path = "../../../unjwt-macros/src/state.rs"]
mod state;
#[path = "../../../unjwt-macros/src/suggest.rs"]
mod suggest;
#[path = "../../../unjwt-macros/src/validate/mod.rs"]
mod validate;

use proc_macro2::TokenStream;
use syn::{DeriveInput, Lit};

/// What `#[derive(Session)]` makes of an item.
pub fn session(input: &DeriveInput) -> TokenStream {
    derive::session(input)
}

/// What `#[derive(SessionState)]` makes of an item.
pub fn session_state(input: &DeriveInput) -> TokenStream {
    state::derive(input)
}

/// The seconds of a duration in an attribute, or what is wrong with it.
pub fn seconds(literal: &Lit) -> Result<u64, String> {
    duration::seconds(literal)
}
