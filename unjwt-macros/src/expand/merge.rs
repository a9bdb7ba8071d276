//! `Session::__merge`: a patch over the data, or data from a patch and serde's defaults.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{ExprPath, WherePredicate, parse_quote};

use super::Frame;
use crate::model::{Field, mentions_parameter};
use crate::serde_attrs::DefaultValue;

pub(super) fn expand(frame: &Frame<'_>) -> TokenStream {
    let krate = &frame.krate;
    let fields = &frame.model.fields;
    let container = container_default(frame);
    let overwrites = fields.iter().filter(|field| field.is_claim()).map(|field| {
        let (ident, ty) = (field.ident, &field.field.ty);
        quote!(#krate::__private::overwrite::<#ty>(&mut __data.#ident, __patch.#ident);)
    });
    let news = fields.iter().map(|field| {
        let ident = field.ident;
        let value = new_value(frame, field);
        quote!(#ident: #value)
    });
    let (unused, changing) = if fields.iter().any(Field::is_claim) {
        (None, quote!(let mut __data))
    } else {
        (Some(quote!(let _ = __patch;)), quote!(let __data))
    };
    quote! {
        #unused
        match __current {
            ::core::option::Option::Some(__current) => {
                #changing = #krate::__private::copy_session(__current);
                #(#overwrites)*
                ::core::result::Result::Ok(__data)
            }
            ::core::option::Option::None => {
                #container
                ::core::result::Result::Ok(Self { #(#news),* })
            }
        }
    }
}

/// The bounds that serde's defaults put on a generic struct.
pub(super) fn predicates(frame: &Frame<'_>) -> Vec<WherePredicate> {
    let model = frame.model;
    if let Some(DefaultValue::Trait) = model.serde.default {
        let ty = &frame.ty;
        return vec![parse_quote!(#ty: ::core::default::Default)];
    }
    let fields = model.fields.iter().filter(|field| {
        let by_trait = match field.serde.default {
            Some(DefaultValue::Path(_)) => false,
            Some(DefaultValue::Trait) => true,
            None => !field.is_claim() || field.serde.skip_deserializing.is_present(),
        };
        by_trait && mentions_parameter(&model.input.generics, &field.field.ty)
    });
    fields
        .map(|field| {
            let ty = &field.field.ty;
            parse_quote!(#ty: ::core::default::Default)
        })
        .collect()
}

/// The struct's own default, from which serde takes the fields that are absent.
fn container_default(frame: &Frame<'_>) -> Option<TokenStream> {
    let taken = frame.model.fields.iter().any(|field| field.serde.default.is_none());
    let default = match frame.model.serde.default.as_ref().filter(|_| taken)? {
        DefaultValue::Trait => quote!(<Self as ::core::default::Default>::default()),
        DefaultValue::Path(path) => call(path),
    };
    Some(quote!(let __default: Self = #default;))
}

/// The field of new data.
fn new_value(frame: &Frame<'_>, field: &Field<'_>) -> TokenStream {
    let krate = &frame.krate;
    let (ident, ty) = (field.ident, &field.field.ty);
    let default = match &field.serde.default {
        Some(DefaultValue::Path(path)) => Some(call(path)),
        Some(DefaultValue::Trait) => Some(quote!(<#ty as ::core::default::Default>::default())),
        None if frame.model.serde.default.is_some() => Some(quote!(__default.#ident)),
        None if field.is_option() && field.is_claim() => Some(quote!(::core::option::Option::None)),
        None if !field.is_claim() || field.serde.skip_deserializing.is_present() => {
            Some(quote!(<#ty as ::core::default::Default>::default()))
        }
        None => None,
    };
    let name = ident.unraw().to_string();
    match default {
        Some(default) if !field.is_claim() => default,
        Some(default) => quote! {
            match __patch.#ident {
                ::core::option::Option::Some(__value) => __value,
                ::core::option::Option::None => #default,
            }
        },
        None => quote!(#krate::__private::required::<#ty>(__patch.#ident, #name)?),
    }
}

/// A call of serde's `default = "path"`; a path that cannot be read is serde's to report.
fn call(path: &syn::LitStr) -> TokenStream {
    path.parse::<ExprPath>().map_or_else(|_| quote!(::core::unreachable!()), |path| quote!(#path()))
}
