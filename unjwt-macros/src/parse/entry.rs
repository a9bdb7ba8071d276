//! An attribute's tokens as entries: `key`, `key = value` or `key(list)`, each with its own mistakes.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;

use super::keys;
use crate::errors::Errors;

pub(crate) struct Entry {
    pub(crate) key: Ident,
    pub(crate) form: Form,
}

pub(crate) enum Form {
    Flag,
    Value(TokenStream),
    List(Group),
}

/// Splits at commas, so that a mistake in one entry does not hide those in the others. `list` is what the tokens stand in.
pub(crate) fn entries(tokens: TokenStream, list: &str, errors: &mut Errors) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut chunk = Vec::new();
    let mut angles = Angles::default();
    for token in tokens {
        match &token {
            TokenTree::Punct(comma) if comma.as_char() == ',' && angles.depth == 0 => {
                if chunk.is_empty() {
                    errors.push(&token, "expected a setting before this `,`\nhelp: remove it");
                } else {
                    entries.extend(errors.handle(entry(std::mem::take(&mut chunk), list)));
                }
                angles = Angles::default();
            }
            _ => {
                angles.see(&token);
                chunk.push(token);
            }
        }
    }
    if !chunk.is_empty() {
        entries.extend(errors.handle(entry(chunk, list)));
    }
    entries
}

/// The depth of `<..>` in a type, which are no token groups.
#[derive(Default)]
struct Angles {
    depth: usize,
    in_value: bool,
    after_dash: bool,
}

impl Angles {
    fn see(&mut self, token: &TokenTree) {
        let punct = if let TokenTree::Punct(punct) = token { punct.as_char() } else { ' ' };
        match punct {
            '=' => self.in_value = true,
            '<' if self.in_value => self.depth += 1,
            '>' if !self.after_dash => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.after_dash = punct == '-';
    }
}

fn entry(chunk: Vec<TokenTree>, list: &str) -> syn::Result<Entry> {
    let mut tokens = chunk.into_iter();
    let key = match tokens.next() {
        Some(TokenTree::Ident(key)) => key,
        Some(TokenTree::Literal(literal)) => {
            return Err(error(
                &literal,
                format!(
                    "expected a setting, found `{literal}`\nhelp: write {}",
                    keys::unnamed(list, &literal.to_string())
                ),
            ));
        }
        other => {
            return Err(error(
                &other.map(ToTokens::into_token_stream),
                "expected a setting, like `name = \"sid\"`",
            ));
        }
    };
    let form = match tokens.next() {
        None => Form::Flag,
        Some(TokenTree::Punct(equals)) if equals.as_char() == '=' => {
            let value: TokenStream = tokens.by_ref().collect();
            if value.is_empty() {
                return Err(error(
                    &key,
                    format!("`{key}` has no value after `=`{}", keys::help(&key.to_string())),
                ));
            }
            Form::Value(value)
        }
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => Form::List(group),
        Some(TokenTree::Group(group)) => {
            return Err(error(
                &group,
                format!("`{key}` takes its settings in parentheses\nhelp: write `{key}(..)`"),
            ));
        }
        Some(other) => {
            return Err(error(
                &other,
                format!(
                    "expected `,`, `=` or `(..)` after `{key}`, found `{other}`{}",
                    keys::help(&key.to_string())
                ),
            ));
        }
    };
    match tokens.next() {
        None => Ok(Entry { key, form }),
        Some(extra) => Err(error(
            &extra,
            format!("expected `,` before `{extra}`\nhelp: separate the settings with commas"),
        )),
    }
}

fn error(node: &impl ToTokens, message: impl std::fmt::Display) -> syn::Error {
    syn::Error::new_spanned(node, message)
}
