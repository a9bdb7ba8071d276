//! `impl Session`, and the way to its configuration.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, WherePredicate, parse_quote};

use super::{Family, Frame, login, merge, version};
use crate::parse::hooks::{Hook, HookKind};

pub(super) fn expand(frame: &Frame<'_>, spec: &TokenStream, merge: &TokenStream) -> TokenStream {
    let Frame { krate, ty, limited, state, .. } = frame;
    let key = key(frame);
    let provenance = provenance(frame);
    let lifetime = if *limited { quote!(Limited) } else { quote!(Unlimited) };
    let state = state.map_or_else(|| quote!(#krate::bounds::NoState), |state| quote!(#state));
    let patch = frame.patch_ty();
    let hook_set = hook_set(frame);
    let id = frame.id.map(|path| {
        quote! {
            fn __call_id_function() -> #krate::__private::SessionId {
                #krate::__private::call_session_id_function(#path)
            }
        }
    });
    let groups = login::add_groups(frame);
    let sign_in = login::sign_in(frame);
    let login = match frame.login {
        Some(login) if !frame.is_fallback => quote!(#login),
        _ => quote!(#krate::__private::NoLogin),
    };
    let from_login = login::from_login(frame);
    let migrate = version::migrate(frame);
    let hooks = frame.hooks.iter().map(|(name, hook)| self::hook(frame, name, hook));
    let generics = frame.generics_with(|| predicates(frame));
    let (params, _, predicates) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #params #krate::Session for #ty #predicates {
            type Key = #key;
            type Provenance = #provenance;
            type Lifetime = #krate::__private::#lifetime;
            type State = #state;
            type Patch = #patch;
            type OwnSignIn = #sign_in;
            type Login = #login;
            const SPEC: #krate::__private::Spec = #spec;
            #hook_set
            fn __merge(
                __current: ::core::option::Option<&Self>,
                __patch: #patch,
            ) -> #krate::__private::Merged<Self> {
                #merge
            }
            #groups
            #from_login
            #migrate
            #id
            #(#hooks)*
        }
    }
}

/// `T::config(key)`, and the functions of `by(..)`.
pub(super) fn config(frame: &Frame<'_>) -> TokenStream {
    let Frame { krate, ty, .. } = frame;
    let vis = &frame.model.input.vis;
    let key = key(frame);
    let generics = frame.generics_with(|| vec![parse_quote!(#ty: #krate::Session<Key = #key>)]);
    let (params, _, predicates) = generics.split_for_impl();
    let store = frame.asks_store.then(|| quote!(, #krate::bounds::NoStore));
    let groups = login::functions(frame);
    let function = match frame.family {
        Some(_) => quote! {
            #vis fn config(key: impl #krate::bounds::SessionKey<#key>) -> #krate::Config<Self #store> {
                #krate::Config::new(key)
            }
        },
        None => quote! {
            #vis fn config<__K>(_: __K) -> #krate::Config<Self> {
                ::core::unreachable!()
            }
        },
    };
    quote! {
        #[automatically_derived]
        #[allow(deprecated, dead_code, non_snake_case, private_bounds, unused_qualifications, clippy::all, clippy::pedantic, clippy::nursery)]
        impl #params #ty #predicates {
            /// The configuration of this session: give it to `install`, or `build` it.
            #[must_use]
            #function
            #groups
        }
    }
}

fn key(frame: &Frame<'_>) -> TokenStream {
    let krate = &frame.krate;
    match frame.family {
        Some(Family::Jws) => quote!(#krate::JwsKey),
        _ => quote!(#krate::JweKey),
    }
}

/// The issuer of the tokens.
fn provenance(frame: &Frame<'_>) -> TokenStream {
    let krate = &frame.krate;
    if frame.elsewhere {
        quote!(#krate::__private::IssuedElsewhere)
    } else {
        quote!(#krate::__private::IssuedHere)
    }
}

/// The predicates under which a generic struct's arguments make a session; a struct without parameters needs
/// none.
fn predicates(frame: &Frame<'_>) -> Vec<WherePredicate> {
    let Frame { krate, ty, .. } = frame;
    let patch = frame.patch_ty();
    let provenance = provenance(frame);
    let mut predicates: Vec<WherePredicate> = vec![
        parse_quote!(#ty: #krate::__private::SessionData<#provenance> + ::core::marker::Send + ::core::marker::Sync + 'static),
        parse_quote!(#patch: ::core::marker::Send),
    ];
    predicates.extend(merge::predicates(frame));
    predicates.extend(login::predicates(frame));
    predicates.extend(version::predicates(frame));
    predicates
}

fn hook_set(frame: &Frame<'_>) -> Option<TokenStream> {
    if frame.hooks.is_empty() {
        return None;
    }
    let krate = &frame.krate;
    let names = frame.hooks.iter().map(|(name, _)| name);
    Some(quote! {
        const HOOKS: #krate::__private::HookSet =
            #krate::__private::HookSet { #(#names: true,)* ..#krate::__private::HookSet::NONE };
    })
}

fn hook(frame: &Frame<'_>, name: &Ident, hook: &Hook) -> TokenStream {
    let krate = &frame.krate;
    let Hook { path, event, kind } = hook;
    let event = format_ident!("{event}");
    let method = format_ident!("__call_hook_{name}");
    let (call, future) = match kind {
        HookKind::Session => (quote!(call_session_hook), quote!(HookFuture<'__e>)),
        HookKind::KeyLookup => {
            let key = key(frame);
            // The key is named, or it would be taken from a hook that returns another one.
            (quote!(call_key_lookup_hook::<#key, _, _>), quote!(LookupFuture<'__e, #key>))
        }
    };
    quote! {
        fn #method<'__e>(__event: #krate::hooks::#event<'__e, Self>) -> #krate::__private::#future {
            #krate::__private::#call(__event, #path)
        }
    }
}
