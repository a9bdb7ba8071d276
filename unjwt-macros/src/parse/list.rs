//! Values in parentheses: several strings, several words, or settings of their own.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Lit, LitStr, Token};

use super::entry::{Entry, Form, entries};
use super::examples::help;
use super::value::{error, missing_comma, string, tokens, without_suffix};
use crate::errors::Errors;

/// `key = "a"` or `key("a", "b")`.
pub(crate) fn strings(entry: &Entry) -> syn::Result<Vec<LitStr>> {
    let key = &entry.key;
    let Form::List(list) = &entry.form else {
        return match tokens(entry)?.clone().into_iter().collect::<Vec<_>>().as_slice() {
            [TokenTree::Group(group)] if group.delimiter() != Delimiter::None => {
                let strings = elements(group.stream(), key).ok().filter(|strings| !strings.is_empty());
                let shown = strings.map_or_else(
                    || "\"..\", \"..\"".to_owned(),
                    |strings| {
                        strings.into_iter().map(|one| one.token().to_string()).collect::<Vec<_>>().join(", ")
                    },
                );
                Err(error(
                    group,
                    format!("`{key}` takes several strings without `=`\nhelp: write `{key}({shown})`"),
                ))
            }
            _ => string(entry).map(|one| vec![one]),
        };
    };
    if list.stream().is_empty() {
        return Err(error(
            list,
            format!("`{key}` takes strings\nhelp: write `{key}(\"..\", \"..\")`, or leave it out"),
        ));
    }
    elements(list.stream(), key)
}

/// Strings between commas, or what is wrong with the first that is none.
fn elements(tokens: TokenStream, key: &Ident) -> syn::Result<Vec<LitStr>> {
    let mut strings = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let help = match &token {
            TokenTree::Ident(word) => format!("write `{key}(\"{word}\")`"),
            _ => format!("write `{key}(\"..\", \"..\")`"),
        };
        let string = syn::parse2::<LitStr>(token.to_token_stream())
            .map_err(|_| error(&token, format!("`{key}` takes strings, found `{token}`\nhelp: {help}")))?;
        without_suffix(Lit::Str(string.clone()))?;
        strings.push(string);
        match tokens.next() {
            None => {}
            Some(TokenTree::Punct(comma)) if comma.as_char() == ',' => {}
            Some(extra) => return Err(missing_comma(&extra, "strings")),
        }
    }
    Ok(strings)
}

/// `key(a, b)`.
pub(crate) fn words(entry: &Entry) -> syn::Result<Vec<Ident>> {
    let help = help(&entry.key.to_string());
    let Form::List(list) = &entry.form else {
        let message = format!("`{}` takes a list{help}", entry.key);
        return Err(match &entry.form {
            Form::Value(value) => error(value, message),
            _ => error(&entry.key, message),
        });
    };
    match Punctuated::<Ident, Token![,]>::parse_terminated.parse2(list.stream()) {
        Ok(words) if !words.is_empty() => Ok(words.into_iter().collect()),
        _ if list.stream().into_iter().any(|token| matches!(token, TokenTree::Literal(_))) => {
            Err(error(list, format!("`{}` takes words without quotes{help}", entry.key)))
        }
        _ => Err(error(list, format!("`{}` takes a list of words{help}", entry.key))),
    }
}

/// The settings in parentheses; none for a key that stands alone where that is allowed.
pub(crate) fn entries_of(entry: &Entry, errors: &mut Errors) -> Vec<Entry> {
    let Form::List(list) = &entry.form else { return Vec::new() };
    if list.stream().is_empty() {
        errors.push(
            list,
            format!("`{0}()` is empty\nhelp: remove the parentheses, or write settings in them", entry.key),
        );
        return Vec::new();
    }
    entries(list.stream(), &entry.key.to_string(), errors)
}
