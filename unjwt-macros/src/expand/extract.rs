//! The struct and an `Option` of it as handler arguments.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{Frame, openapi};

pub(super) fn expand(frame: &Frame<'_>) -> TokenStream {
    // The golden expansions show them whatever the features are.
    if cfg!(not(any(feature = "axum", test))) {
        return TokenStream::new();
    }
    let required = extractor(frame, "FromRequestParts", "extract", &quote!(Self));
    let optional = extractor(
        frame,
        "OptionalFromRequestParts",
        "extract_optional",
        &quote!(::core::option::Option<Self>),
    );
    let documented = openapi::expand(frame);
    quote!(#required #optional #documented)
}

fn extractor(frame: &Frame<'_>, of: &str, helper: &str, output: &TokenStream) -> TokenStream {
    let Frame { krate, ty, .. } = frame;
    let (of, helper) = (format_ident!("{of}"), format_ident!("{helper}"));
    let mut generics = frame.session_generics();
    generics.params.push(syn::parse_quote!(__S));
    generics.make_where_clause().predicates.push(syn::parse_quote!(__S: #krate::HasSession<#ty>));
    let (params, _, predicates) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #params #krate::__private::#of<__S> for #ty #predicates {
            type Rejection = #krate::SessionRejection;

            fn from_request_parts(
                __parts: &mut #krate::__private::Parts,
                __state: &__S,
            ) -> impl ::core::future::Future<Output = ::core::result::Result<#output, #krate::SessionRejection>>
            + ::core::marker::Send {
                #krate::__private::#helper::<Self, __S>(__parts, __state)
            }
        }
    }
}
