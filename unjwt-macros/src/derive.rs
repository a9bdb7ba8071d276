//! From a struct to what the derive adds to it.

use quote::quote;
use syn::DeriveInput;

use crate::{errors, expand, model, parse, validate};

/// `#[derive(Session)]`.
pub(crate) fn session(input: &DeriveInput) -> proc_macro2::TokenStream {
    let mut errors = errors::Errors::default();
    let model = model::Model::read(input, &mut errors);
    let attr = parse::session_attr(&input.attrs, &mut errors);
    let stand_ins = expand::serde_stand_ins(&model, &attr);
    let expansion = match validate::Validated::new(&model, &attr, errors) {
        Ok(validated) => expand::derive(&model, &attr, &validated),
        Err(error) => {
            let error = error.to_compile_error();
            let fallback = expand::fallback(&model, &attr);
            quote!(#error #fallback)
        }
    };
    quote!(#expansion #stand_ins)
}
