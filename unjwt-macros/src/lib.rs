//! The derives of `unjwt`; use them, and read their documentation, through that crate.
//!
//! A struct passes through `parse` (the grammar of the attribute), `model` (the item under it), `validate` (what the
//! settings mean) and `expand`; one with mistakes gets a fallback that keeps its uses free of further errors.

mod duration;
mod errors;
mod expand;
mod model;
mod names;
mod parse;
mod serde_attrs;
mod state;
mod suggest;
mod validate;

use proc_macro::TokenStream;
use quote::quote;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct a session; see `unjwt::Session`.
#[proc_macro_derive(Session, attributes(session))]
pub fn derive_session(input: TokenStream) -> TokenStream {
    session(&parse_macro_input!(input as DeriveInput)).into()
}

/// Tells which sessions an application's state holds; see `unjwt::SessionState`.
#[proc_macro_derive(SessionState, attributes(session_state))]
pub fn derive_session_state(input: TokenStream) -> TokenStream {
    state::derive(&parse_macro_input!(input as DeriveInput)).into()
}

fn session(input: &DeriveInput) -> proc_macro2::TokenStream {
    let mut errors = errors::Errors::default();
    let model = model::Model::read(input, &mut errors);
    let attr = parse::session_attr(&input.attrs, &mut errors);
    match validate::Validated::new(&model, &attr, errors) {
        Ok(validated) => expand::derive(&model, &attr, &validated),
        Err(error) => {
            let error = error.to_compile_error();
            let fallback = expand::fallback(&model, &attr);
            quote!(#error #fallback)
        }
    }
}
