//! `TPatch`: the struct with every field optional.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;

use super::Frame;
use crate::model::mentions_parameter;

pub(super) fn expand(frame: &Frame<'_>) -> TokenStream {
    let Frame { model, patch, .. } = frame;
    let (vis, generics) = (&model.input.vis, &model.input.generics);
    let claims: Vec<_> = model.fields.iter().filter(|field| field.is_claim()).collect();
    let idents: Vec<_> = claims.iter().map(|field| field.ident).collect();
    let fields = claims.iter().map(|field| {
        let (vis, ident, ty) = (&field.field.vis, field.ident, frame.outside(&field.field.ty));
        let doc = format!("The new `{}`; `None` keeps the present one.", ident.unraw());
        quote! {
            #[doc = #doc]
            #vis #ident: ::core::option::Option<#ty>
        }
    });
    // A parameter that only skipped fields use would be an error in the patch.
    let unused: Vec<_> = generics
        .type_params()
        .map(|param| &param.ident)
        .filter(|param| {
            let only: syn::Generics = syn::parse_quote!(<#param>);
            !claims.iter().any(|field| mentions_parameter(&only, &field.field.ty))
        })
        .collect();
    let (marker, marker_value) = if unused.is_empty() {
        (None, None)
    } else {
        (
            Some(quote!(#[doc(hidden)] pub __unused: ::core::marker::PhantomData<fn() -> (#(#unused,)*)>,)),
            Some(quote!(__unused: ::core::marker::PhantomData,)),
        )
    };
    let doc = format!("Changes of a `{}`: what is `None` stays as it is.", model.input.ident.unraw());
    let declared = frame.outside(generics);
    let (params, arguments, predicates) = generics.split_for_impl();
    let (params, predicates) = (frame.outside(&params), frame.outside(&predicates));
    quote! {
        #[doc = #doc]
        #[allow(deprecated, dead_code, non_camel_case_types, non_snake_case, clippy::all, clippy::pedantic, clippy::nursery)]
        #vis struct #patch #declared #predicates {
            #(#fields,)*
            #marker
        }

        #[automatically_derived]
        #[allow(deprecated)]
        impl #params ::core::default::Default for #patch #arguments #predicates {
            fn default() -> Self {
                Self { #(#idents: ::core::option::Option::None,)* #marker_value }
            }
        }
    }
}
