//! Names of the struct's fields in parentheses: `by(user, tenant)`.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::LitStr;

use super::entry::{Entry, Form};
use super::examples::help;
use super::value::{error, missing_comma};

/// `key(a, b)`. Whether there are such fields is not known here.
pub(super) fn names(entry: &Entry) -> syn::Result<Vec<Ident>> {
    let key = &entry.key;
    match &entry.form {
        Form::List(list) if list.stream().is_empty() => {
            Err(error(list, format!("`{key}()` names no field{}, or remove it", help(&key.to_string()))))
        }
        Form::List(list) => elements(list.stream(), key),
        Form::Flag => Err(error(key, format!("`{key}` names no field{}", help(&key.to_string())))),
        Form::Value(value) => {
            let list = match value.clone().into_iter().collect::<Vec<_>>().as_slice() {
                [TokenTree::Group(group)] if group.delimiter() != Delimiter::None => group.stream(),
                _ => value.clone(),
            };
            let shown = shown(list)
                .map_or_else(|| help(&key.to_string()), |names| format!("\nhelp: write `{key}({names})`"));
            Err(error(value, format!("`{key}` takes the names of fields in parentheses, without `=`{shown}")))
        }
    }
}

fn elements(tokens: TokenStream, key: &Ident) -> syn::Result<Vec<Ident>> {
    let mut names = Vec::new();
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        match &token {
            TokenTree::Ident(name) => names.push(name.clone()),
            TokenTree::Literal(_) if let Ok(quoted) = syn::parse2::<LitStr>(token.to_token_stream()) => {
                let name = quoted.value();
                return Err(error(
                    &quoted,
                    format!("`{key}` takes the names of fields without quotes\nhelp: write `{key}({name})`"),
                ));
            }
            _ => {
                return Err(error(
                    &token,
                    format!("`{key}` takes the names of fields, found `{token}`{}", help(&key.to_string())),
                ));
            }
        }
        match tokens.next() {
            None => {}
            Some(TokenTree::Punct(comma)) if comma.as_char() == ',' => {}
            Some(TokenTree::Punct(dot)) if matches!(dot.as_char(), '.' | ':') => {
                let end = tokens.find(|token| matches!(token, TokenTree::Ident(_)));
                let help =
                    end.map_or_else(|| help(&key.to_string()), |end| format!("\nhelp: write `{key}({end})`"));
                return Err(error(
                    &dot,
                    format!("`{key}` takes the names of the struct's own fields, not a path{help}"),
                ));
            }
            Some(extra) => return Err(missing_comma(&extra, "fields")),
        }
    }
    Ok(names)
}

/// The names, if the tokens are words or strings between commas.
fn shown(tokens: TokenStream) -> Option<String> {
    let names = tokens.into_iter().filter_map(|token| match &token {
        TokenTree::Ident(name) => Some(Some(name.to_string())),
        TokenTree::Literal(_) => {
            Some(syn::parse2::<LitStr>(token.to_token_stream()).ok().map(|name| name.value()))
        }
        TokenTree::Punct(comma) if comma.as_char() == ',' => None,
        _ => Some(None),
    });
    let names: Vec<String> = names.collect::<Option<_>>()?;
    (!names.is_empty()).then(|| names.join(", "))
}
