//! The struct as a handler argument that `aide` documents.

use proc_macro2::TokenStream;
use quote::quote;

use super::Frame;

pub(super) fn expand(frame: &Frame<'_>) -> TokenStream {
    // The golden expansions leave it out whatever the features are.
    if cfg!(any(not(feature = "aide"), test)) {
        return TokenStream::new();
    }
    let Frame { krate, ty, .. } = frame;
    let generics = frame.session_generics();
    let (params, _, predicates) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #params #krate::__private::OperationInput for #ty #predicates {
            fn operation_input(
                _: &mut #krate::__private::GenContext,
                __operation: &mut #krate::__private::Operation,
            ) {
                #krate::__private::allow_session::<Self>(__operation)
            }

            fn inferred_early_responses(
                _: &mut #krate::__private::GenContext,
                __operation: &mut #krate::__private::Operation,
            ) -> #krate::__private::EarlyResponses {
                #krate::__private::require_session::<Self>(__operation)
            }
        }
    }
}
