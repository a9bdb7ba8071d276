//! The derives of `unjwt`; use them, and read their documentation, through that crate.
//!
//! A struct passes through `parse` (the grammar of the attribute), `model` (the item under it), `validate`
//! (what the settings mean) and `expand`; one with mistakes gets a fallback that keeps its uses free of
//! further errors.

// A setting that nothing reads does not compile.
#![deny(dead_code)]

#[cfg(test)]
mod broken;
mod derive;
mod duration;
mod errors;
mod expand;
#[cfg(test)]
mod golden;
mod model;
mod names;
mod parse;
mod serde_attrs;
mod state;
mod suggest;
mod validate;

use derive::session;
use proc_macro::TokenStream;
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

#[cfg(test)]
mod tests {
    use quote::ToTokens;
    use syn::parse_quote;

    use super::*;

    fn expand(input: DeriveInput) -> String {
        let expanded = session(&input);
        let file: syn::File = syn::parse2(expanded).expect("the expansion is items");
        file.to_token_stream().to_string()
    }

    #[test]
    fn a_session_without_hooks_pays_nothing_for_them() {
        let expanded = expand(parse_quote! {
            #[session(jwe)]
            struct Token { sub: String }
        });
        for trace in ["HOOKS", "HookFuture", "__call_hook_renew", "__call_id_function", "call_"] {
            assert!(!expanded.contains(trace), "{trace}: {expanded}");
        }
        assert!(!expanded.contains("compile_error"));
    }

    #[test]
    fn a_crate_path_leaves_no_default_behind() {
        let expanded = expand(parse_quote! {
            #[session(jws, crate = my::path, max_age = "1h", id = id, hooks(renew = renew, key_lookup = look))]
            struct Token<T> { sub: String, data: T }
        });
        assert!(!expanded.contains(":: unjwt"), "{expanded}");
        assert!(!expanded.replace(":: core", "").contains("< core"), "{expanded}");
    }

    #[test]
    fn a_mistake_keeps_everything_that_uses_need() {
        let expanded = expand(parse_quote! {
            #[session(jws(alg = "RS265"), nmae = "sid", extract = true, revocable(by(sub)))]
            struct Token { sub: String }
        });
        assert_eq!(expanded.matches("compile_error").count(), 3, "{expanded}");
        assert!(!expanded.contains("NoStore"), "{expanded}");
        for kept in [
            "Session for Token",
            "Signed for Token",
            "Writable for Token",
            "type OwnSignIn = :: unjwt :: __private :: Ending",
            "ListsLogins for Token",
            "struct TokenPatch",
            "fn config",
            "fn by_sub",
        ] {
            assert!(expanded.contains(kept), "{kept}: {expanded}");
        }
    }
}
