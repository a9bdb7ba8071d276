//! `migrate(LoginV1, LoginV2)`: the structs of older versions, oldest first; `_` for one that is no longer read.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{LitStr, Token, Type};

use super::entry::{Entry, Form};
use super::value::{error, missing_comma, unquoted};

const HELP: &str = "help: write `migrate(LoginV1)`: the session's struct as it was in version 1, and so on";

/// The types in parentheses.
pub(super) fn structs(entry: &Entry) -> syn::Result<Vec<Type>> {
    match &entry.form {
        Form::List(list) if list.stream().is_empty() => {
            Err(error(list, format!("`migrate()` names no struct\n{HELP}; or remove it")))
        }
        Form::List(list) => read.parse2(list.stream()),
        Form::Flag => Err(error(&entry.key, format!("`migrate` names no struct\n{HELP}"))),
        Form::Value(value) => {
            let shown = syn::parse2::<Type>(value.clone()).map_or_else(
                |_| HELP.to_owned(),
                |_| format!("help: write `migrate({})`", value.to_string().replace(' ', "")),
            );
            Err(error(value, format!("`migrate` takes structs in parentheses, without `=`\n{shown}")))
        }
    }
}

fn read(input: ParseStream<'_>) -> syn::Result<Vec<Type>> {
    let mut structs = Vec::new();
    while !input.is_empty() {
        structs.push(one(input)?);
        if input.is_empty() {
            break;
        }
        if input.parse::<Token![,]>().is_err() {
            return Err(missing_comma(&input.parse()?, "structs"));
        }
    }
    Ok(structs)
}

fn one(input: ParseStream<'_>) -> syn::Result<Type> {
    if input.peek(LitStr) {
        let quoted = input.parse::<LitStr>()?;
        let shown = unquoted(&quoted, "LoginV1");
        return Err(error(
            &quoted,
            format!("`migrate` takes structs, without quotes\nhelp: write `migrate({shown})`"),
        ));
    }
    let start = input.fork();
    match input.parse::<Type>() {
        Ok(ty @ (Type::Path(_) | Type::Infer(_) | Type::Group(_) | Type::Paren(_) | Type::Macro(_))) => {
            Ok(ty)
        }
        Ok(other) => {
            Err(error(&other, format!("`migrate` takes structs: a payload is a JSON object\n{HELP}")))
        }
        Err(_) => {
            let first: TokenStream = start.parse::<TokenTree>().map(ToTokens::into_token_stream)?;
            Err(error(&first, format!("`migrate` takes structs, found `{first}`\n{HELP}")))
        }
    }
}
