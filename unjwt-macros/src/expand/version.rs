//! The additions of `version`: its part of the specification, and the steps from older structs.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Type, WherePredicate, parse_quote};

use super::{Frame, spec};
use crate::model::mentions_parameter;
use crate::validate::{Version, contains};

/// `Spec::version`.
pub(super) fn spec(krate: &TokenStream, version: Option<&Version>) -> TokenStream {
    spec::option(version.map(|Version { own, readable_by }| {
        quote!(#krate::__private::VersionSpec { own: #own, readable_by: #readable_by })
    }))
}

/// The older versions that are read, each with its struct.
fn structs<'f>(frame: &'f Frame<'_>) -> Vec<(u32, &'f Type)> {
    (1u32..).zip(frame.migrate).filter(|(_, old)| !matches!(old, Type::Infer(_))).collect()
}

/// The place of a type, with the names of this expansion: the type may come out of a macro.
fn at(ty: &Type) -> Span {
    Span::call_site().located_at(ty.span())
}

/// `Session::__migrate`.
pub(super) fn migrate(frame: &Frame<'_>) -> Option<TokenStream> {
    let structs = structs(frame);
    if frame.is_fallback || structs.is_empty() {
        return None;
    }
    let krate = &frame.krate;
    let name = |version: u32| format_ident!("__from_v{version}");
    // Newest first, since each step uses the next one.
    let mut next: Option<(u32, &Type)> = None;
    let mut steps = Vec::new();
    for &(version, old) in structs.iter().rev() {
        let from = name(version);
        let step = match next {
            None => quote_spanned!(at(old)=> #krate::__private::step::<#old, Self>(__old)),
            Some((later, ty)) => {
                let then = name(later);
                let step = quote_spanned!(at(old)=> #krate::__private::step::<#old, #ty>(__old));
                quote!(#then(#step?))
            }
        };
        steps.push(quote! {
            let #from = |__old: #old| -> #krate::__private::Migrated<Self> { #step };
        });
        next = Some((version, old));
    }
    let arms = structs.iter().map(|&(version, old)| {
        let from = name(version);
        let read = quote_spanned!(at(old)=> #krate::__private::read_old::<#old>(__payload));
        quote!(#version => #from(#read?),)
    });
    Some(quote! {
        fn __migrate(__payload: #krate::__private::OldPayload<'_>) -> #krate::__private::Migrated<Self> {
            #(#steps)*
            match __payload.version() {
                #(#arms)*
                _ => ::core::result::Result::Err(__payload.dropped()),
            }
        }
    })
}

/// `HasVersion` for each older version; in a fallback, for those that could be read, each once.
pub(super) fn versions(frame: &Frame<'_>) -> TokenStream {
    let krate = &frame.krate;
    let mut seen: Vec<String> = Vec::new();
    let structs = structs(frame).into_iter().filter(|(_, old)| {
        let text = old.to_token_stream().to_string();
        let is_new = !seen.contains(&text) && !contains(old, "_") && !contains(old, "'");
        seen.push(text);
        is_new || !frame.is_fallback
    });
    let impls = structs.map(|(version, old)| {
        frame.implement(&quote!(#krate::bounds::HasVersion<#old>), &quote!(const VERSION: u32 = #version;))
    });
    quote!(#(#impls)*)
}

/// The bounds of a generic struct's older versions.
pub(super) fn predicates(frame: &Frame<'_>) -> Vec<WherePredicate> {
    if frame.is_fallback {
        return Vec::new();
    }
    let (krate, own) = (&frame.krate, &frame.ty);
    let generics = &frame.model.input.generics;
    let mut predicates = Vec::new();
    let mut next: TokenStream = own.clone();
    for (_, old) in structs(frame).into_iter().rev() {
        if mentions_parameter(generics, old) {
            predicates.push(parse_quote!(#old: #krate::__private::OldVersion));
        }
        predicates.push(parse_quote!(#old: #krate::__private::Becomes<#next>));
        next = quote!(#old);
    }
    predicates
}
