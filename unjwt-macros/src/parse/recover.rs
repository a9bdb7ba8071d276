//! Words in attributes that could not be read.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{Attribute, Meta};

/// Finds a key of `#[session(..)]` wherever it stands, but for `cookie(..)`, which has keys of the same names.
pub(super) fn word(key: &str, attrs: &[Attribute]) -> Option<Ident> {
    let sessions = attrs.iter().filter(|attr| attr.path().is_ident("session"));
    sessions.into_iter().find_map(|attr| match &attr.meta {
        Meta::List(written) => find(key, written.tokens.clone()),
        _ => None,
    })
}

fn find(key: &str, tokens: TokenStream) -> Option<Ident> {
    let mut of_cookie = false;
    tokens.into_iter().find_map(|token| {
        let skipped =
            std::mem::replace(&mut of_cookie, matches!(&token, TokenTree::Ident(word) if word == "cookie"));
        match token {
            TokenTree::Ident(word) if word == key => Some(word),
            TokenTree::Group(group) if !skipped => find(key, group.stream()),
            _ => None,
        }
    })
}
